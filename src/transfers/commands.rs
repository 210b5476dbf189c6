//! Offering, answering, taking back. Everything is decided here by what is so in the transaction.

use super::events::TransferUpdated;
use super::queries::{self, visible};
use super::{State, Transfer, store};
use crate::conversations::commands::{self as talk, Assign, PostMessage};
use crate::conversations::{self, Activity, Author, Conversation, Kind, MessageLimits, References, Status, Verb};
use crate::db::Tx;
use crate::kernel::{Actor, ConversationId, Ctx, Error, ErrorKind, Result, Role, TransferId, UserId};

/// Words for colleagues alone; empty: none.
pub struct Words {
    pub text: String,
    pub client_id: [u8; 16],
    pub limits: MessageLimits,
}

pub struct Offer {
    pub conversation: ConversationId,
    pub to: UserId,
    pub note: Words,
    /// Whether the colleague can hear of it.
    pub to_is_here: bool,
    pub answer_ms: i64,
}

/// By whose it is; nobody's becomes theirs first.
pub fn offer(tx: &mut Tx<'_>, ctx: &Ctx, command: &Offer) -> Result<Transfer> {
    let from = ctx.require(Role::Agent)?;
    let mut conversation = conversations::queries::visible(tx, ctx, command.conversation)?;
    if let Some(known) = store::find_by_client_id(tx, &command.note.client_id, from)? {
        let same = known.conversation == conversation.id && known.to == command.to;
        return if same {
            Ok(known)
        } else {
            Err(Error::conflict("message.id_reused", "This client_id was used for another offer."))
        };
    }
    if let Some(before) = store::find_pending(tx, conversation.id)? {
        if before.is_live(&conversation, ctx.now) {
            return Err(Error::conflict("transfer.pending", "It is offered to somebody already."));
        }
        settle_one(tx, ctx, before, &mut conversation, false)?;
    }
    check(tx, &conversation, from, command)?;
    if conversation.assignee.is_none() {
        let take = Assign {
            conversation: conversation.id,
            assignee: Some(from),
            expected: Some(None),
            expected_epoch: None,
            entrusted: false,
        };
        talk::assign(tx, ctx, &take)?;
    }
    let note_seq = say(tx, ctx, conversation.id, &command.note)?;
    let mut conversation = conversations::queries::visible(tx, ctx, conversation.id)?;
    let offered = Activity::new(Verb::TransferOffered, Some(command.to));
    talk::note(tx, ctx, &mut conversation, Author::Agent(from), offered)?;
    let transfer = Transfer {
        id: TransferId(0),
        conversation: conversation.id,
        owner_epoch: conversation.owner_epoch,
        from,
        to: command.to,
        client_id: command.note.client_id,
        note_seq,
        word_seq: 0,
        state: State::Pending,
        offered_at: ctx.now,
        expires_at: ctx.now.plus(command.answer_ms),
        ended_at: None,
        position: tx.next_position(),
    };
    let transfer = Transfer { id: store::insert(tx, &transfer)?, ..transfer };
    tell(tx, ctx, &transfer, &conversation)?;
    Ok(transfer)
}

fn check(tx: &Tx<'_>, conversation: &Conversation, from: UserId, command: &Offer) -> Result<()> {
    if conversation.status != Status::Open {
        return Err(Error::conflict("conversation.resolved", "What is resolved is handed to nobody; reopen it first."));
    }
    if conversation.assignee.is_some_and(|owner| owner != from) {
        return Err(not_yours());
    }
    if command.to == from {
        return Err(Error::invalid("to", "invalid"));
    }
    if !conversations::may_serve(tx, conversation.channel, command.to)? {
        return Err(Error::invalid("to", "unknown"));
    }
    if !command.to_is_here {
        return Err(Error::conflict("transfer.agent_offline", "They are not here to answer; ask somebody who is."));
    }
    Ok(())
}

fn not_yours() -> Error {
    Error::conflict("transfer.not_yours", "It is somebody else's; take it on first.")
}

/// Gives what is one's own back to the queue; supervisors anybody's.
pub struct GiveBack {
    pub conversation: ConversationId,
    pub note: Words,
}

pub fn give_back(tx: &mut Tx<'_>, ctx: &Ctx, command: &GiveBack) -> Result<()> {
    let me = ctx.require(Role::Agent)?;
    let mut conversation = conversations::queries::visible(tx, ctx, command.conversation)?;
    if conversation.assignee.is_some_and(|owner| owner != me) && ctx.require(Role::Supervisor).is_err() {
        return Err(not_yours());
    }
    say(tx, ctx, conversation.id, &command.note)?;
    let give = Assign {
        conversation: conversation.id,
        assignee: None,
        expected: Some(conversation.assignee),
        expected_epoch: None,
        entrusted: false,
    };
    talk::assign(tx, ctx, &give)?;
    if let Some(pending) = store::find_pending(tx, conversation.id)? {
        conversation = conversations::queries::visible(tx, ctx, conversation.id)?;
        settle_one(tx, ctx, pending, &mut conversation, false)?;
    }
    Ok(())
}

/// By whom it is for. Again changes nothing.
pub fn accept(tx: &mut Tx<'_>, ctx: &Ctx, id: TransferId) -> Result<Transfer> {
    let (transfer, mut conversation) = visible(tx, ctx, id)?;
    let me = for_acting(ctx, &transfer)?;
    if transfer.state == State::Accepted {
        return Ok(transfer);
    }
    require_live(ctx, &transfer, &conversation)?;
    let accepted = Activity::new(Verb::TransferAccepted, Some(transfer.from));
    talk::give(tx, ctx, &mut conversation, Some(me), accepted)?;
    end(tx, ctx, transfer, &conversation, State::Accepted)
}

/// By whom it is for, with a word or without. Again changes nothing.
pub fn decline(tx: &mut Tx<'_>, ctx: &Ctx, id: TransferId, word: &Words) -> Result<Transfer> {
    let (transfer, conversation) = visible(tx, ctx, id)?;
    let me = for_acting(ctx, &transfer)?;
    if transfer.state == State::Declined {
        return Ok(transfer);
    }
    require_live(ctx, &transfer, &conversation)?;
    let word_seq = say(tx, ctx, conversation.id, word)?;
    let mut conversation = conversations::queries::visible(tx, ctx, conversation.id)?;
    let declined = Activity::new(Verb::TransferDeclined, Some(transfer.from));
    talk::note(tx, ctx, &mut conversation, Author::Agent(me), declined)?;
    end(tx, ctx, Transfer { word_seq, ..transfer }, &conversation, State::Declined)
}

/// By who offered it, or a supervisor. Again changes nothing.
pub fn withdraw(tx: &mut Tx<'_>, ctx: &Ctx, id: TransferId) -> Result<Transfer> {
    let (transfer, mut conversation) = visible(tx, ctx, id)?;
    let me = ctx.require(Role::Agent)?;
    if transfer.from != me {
        ctx.require(Role::Supervisor)?;
    }
    if transfer.state == State::Withdrawn {
        return Ok(transfer);
    }
    require_live(ctx, &transfer, &conversation)?;
    let withdrawn = Activity::new(Verb::TransferWithdrawn, Some(transfer.to));
    talk::note(tx, ctx, &mut conversation, Author::Agent(me), withdrawn)?;
    end(tx, ctx, transfer, &conversation, State::Withdrawn)
}

/// The program's own: writes down that an offer is over, if it is. Says whether it was.
pub fn settle(tx: &mut Tx<'_>, ctx: &Ctx, id: TransferId, to_is_gone: bool) -> Result<bool> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    let Some(transfer) = store::find(tx, id)?.filter(|transfer| transfer.state == State::Pending) else {
        return Ok(false);
    };
    let Some(mut conversation) = conversations::queries::find(tx, transfer.conversation)? else { return Ok(false) };
    settle_one(tx, ctx, transfer, &mut conversation, to_is_gone)
}

fn settle_one(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    transfer: Transfer,
    conversation: &mut Conversation,
    to_is_gone: bool,
) -> Result<bool> {
    let state = if transfer.is_overtaken(conversation) {
        State::Overtaken
    } else if ctx.now >= transfer.expires_at {
        State::Expired
    } else if to_is_gone || !conversations::may_serve(tx, conversation.channel, transfer.to)? {
        State::Gone
    } else {
        return Ok(false);
    };
    // What overtook it left an activity of its own.
    if state != State::Overtaken {
        let expired = Activity::new(Verb::TransferExpired, Some(transfer.to));
        talk::note(tx, ctx, conversation, Author::System, expired)?;
    }
    end(tx, ctx, transfer, conversation, state)?;
    Ok(true)
}

fn end(tx: &mut Tx<'_>, ctx: &Ctx, transfer: Transfer, conversation: &Conversation, state: State) -> Result<Transfer> {
    let transfer = Transfer { state, ended_at: Some(ctx.now), position: tx.next_position(), ..transfer };
    store::update(tx, &transfer)?;
    tell(tx, ctx, &transfer, conversation)?;
    Ok(transfer)
}

fn tell(tx: &mut Tx<'_>, ctx: &Ctx, transfer: &Transfer, conversation: &Conversation) -> Result<()> {
    let view = queries::view(tx, transfer.clone())?;
    tx.emit(ctx.now, TransferUpdated { view, channel: conversation.channel }).map(drop)
}

/// Leaves the words in the conversation, for colleagues; where they are, 0 for none.
fn say(tx: &mut Tx<'_>, ctx: &Ctx, conversation: ConversationId, words: &Words) -> Result<i64> {
    if words.text.trim().is_empty() {
        return Ok(0);
    }
    let note = PostMessage {
        conversation: Some(conversation),
        kind: Kind::Note,
        client_id: words.client_id,
        text: words.text.clone(),
        attachments: Vec::new(),
        refers: References::default(),
        limits: words.limits,
    };
    Ok(talk::post(tx, ctx, &note)?.key.seq())
}

fn for_acting(ctx: &Ctx, transfer: &Transfer) -> Result<UserId> {
    let me = ctx.require(Role::Agent)?;
    let not_for_you = "Only the colleague it is offered to can answer.";
    if transfer.to == me { Ok(me) } else { Err(Error::new(ErrorKind::Forbidden, "transfer.not_for_you", not_for_you)) }
}

fn require_live(ctx: &Ctx, transfer: &Transfer, conversation: &Conversation) -> Result<()> {
    let over =
        || Error::conflict("transfer.over", "The offer is over: it was answered, taken back, overtaken or too late.");
    if transfer.is_live(conversation, ctx.now) { Ok(()) } else { Err(over()) }
}
