//! The tables `conversations`, `messages` and `conversation_reads`.

use super::mention_store;
use super::model::{
    Activity, Author, Conversation, Kind, Marks, Message, MessageKey, Priority, Quote, Revised, Snooze, Status,
    UNREAD_MAX, Verb,
};
use crate::attachments;
use crate::db::{Row, Snapshot, Tx, Value};
use crate::kernel::{ChannelId, ConversationId, CustomerId, Error, Millis, Result, UserId};
use crate::params;

pub(super) const CONVERSATION: &str = "id, channel_id, customer_id, status, assignee_id, owner_epoch, entrusted, created_at, updated_at, resolved_at, \
                            waiting_since_at, last_seq, last_public_seq, last_words_seq, customer_delivered, \
                            customer_read, agent_delivered, agent_read, position, held, priority, snoozed, \
                            snoozed_by, snoozed_until";
const MESSAGE: &str = "id, public_seq, kind, author_kind, author_id, client_id, body, subject_id, attachments, position, at, call_id, \
     quotes, mentions, revision, edited_at, recalled_at";

pub(super) fn conversation(row: &Row<'_>) -> Result<Conversation> {
    let status: String = row.get(3)?;
    Ok(Conversation {
        id: row.get(0)?,
        channel: row.get(1)?,
        customer: row.get(2)?,
        status: if status == Status::Open.as_str() { Status::Open } else { Status::Resolved },
        assignee: row.get(4)?,
        owner_epoch: row.get(5)?,
        entrusted: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        resolved_at: row.get(9)?,
        waiting_since_at: row.get(10)?,
        last_seq: row.get(11)?,
        last_public_seq: row.get(12)?,
        last_words_seq: row.get(13)?,
        marks: Marks {
            customer_delivered: row.get(14)?,
            customer_read: row.get(15)?,
            agent_delivered: row.get(16)?,
            agent_read: row.get(17)?,
        },
        position: row.get(18)?,
        held: row.get(19)?,
        priority: Priority::of_rank(row.get(20)?).ok_or_else(|| Error::internal("a priority that no version wrote"))?,
        snooze: match row.get(21)? {
            true => Some(Snooze { by: row.get(22)?, until: row.get(23)? }),
            false => None,
        },
    })
}

pub fn find(snapshot: &Snapshot<'_>, id: ConversationId) -> Result<Option<Conversation>> {
    snapshot.find(&format!("SELECT {CONVERSATION} FROM conversations WHERE id = ?1"), params![id], conversation)
}

/// A customer's conversations, newest first.
pub fn list_of_customer(snapshot: &Snapshot<'_>, customer: CustomerId, limit: usize) -> Result<Vec<Conversation>> {
    snapshot.list(
        &format!("SELECT {CONVERSATION} FROM conversations WHERE customer_id = ?1 ORDER BY id DESC LIMIT ?2"),
        params![customer, limit as i64],
        conversation,
    )
}

/// The one a customer's next message belongs to, if it is still open or not long resolved: their open one, else the one
/// resolved last.
pub fn find_current_of_customer(snapshot: &Snapshot<'_>, customer: CustomerId) -> Result<Option<Conversation>> {
    snapshot.find(
        &format!(
            "SELECT {CONVERSATION} FROM conversations WHERE customer_id = ?1
             ORDER BY CASE status WHEN 'open' THEN 0 ELSE 1 END, COALESCE(resolved_at, 0) DESC, id DESC LIMIT 1"
        ),
        params![customer],
        conversation,
    )
}

pub fn insert(tx: &mut Tx<'_>, channel: ChannelId, customer: CustomerId, now: Millis) -> Result<Conversation> {
    let sql = format!(
        "INSERT INTO conversations (channel_id, customer_id, status, owner_epoch, entrusted, created_at, updated_at, last_seq, last_public_seq,
                                    last_words_seq, customer_delivered, customer_read, agent_delivered, agent_read,
                                    position)
         VALUES (?1, ?2, 'open', 0, 0, ?3, ?3, 0, 0, 0, 0, 0, 0, 0, 0) RETURNING {CONVERSATION}"
    );
    tx.returning(&sql, params![channel, customer, now], conversation)
}

pub fn update(tx: &mut Tx<'_>, c: &Conversation) -> Result<()> {
    tx.execute(
        "UPDATE conversations SET status = ?2, assignee_id = ?3, updated_at = ?4, resolved_at = ?5,
                waiting_since_at = ?6, last_seq = ?7, last_public_seq = ?8, last_words_seq = ?9,
                customer_delivered = ?10, customer_read = ?11, agent_delivered = ?12, agent_read = ?13, position = ?14,
                owner_epoch = ?15, entrusted = ?16, held = ?17, priority = ?18, snoozed = ?19, snoozed_by = ?20,
                snoozed_until = ?21
         WHERE id = ?1",
        params![
            c.id,
            c.status.as_str(),
            c.assignee,
            c.updated_at,
            c.resolved_at,
            c.waiting_since_at,
            c.last_seq,
            c.last_public_seq,
            c.last_words_seq,
            c.marks.customer_delivered,
            c.marks.customer_read,
            c.marks.agent_delivered,
            c.marks.agent_read,
            c.position,
            c.owner_epoch,
            c.entrusted,
            c.held,
            c.priority.rank(),
            c.snooze.is_some(),
            c.snooze.map(|snooze| snooze.by),
            c.snooze.and_then(|snooze| snooze.until)
        ],
    )?;
    Ok(())
}

// ---- messages ----

/// The row alone, and what [`complete`] has to add.
struct Stored {
    message: Message,
    has_attachments: bool,
    has_mentions: bool,
    quotes: Option<i64>,
}

fn message(row: &Row<'_>) -> Result<Stored> {
    let broken = || Error::internal("a message row that no version wrote");
    let (kind, author_kind): (String, String) = (row.get(2)?, row.get(3)?);
    let kind = Kind::parse(&kind).ok_or_else(broken)?;
    let body: String = row.get(6)?;
    let (text, activity) = match kind {
        Kind::Activity => {
            let verb = Verb::parse(&body).ok_or_else(broken)?;
            (String::new(), Some(Activity { verb, subject: row.get(7)?, call: row.get(11)? }))
        }
        Kind::Text | Kind::Note => (body, None),
    };
    let message = Message {
        key: MessageKey(row.get(0)?),
        public_seq: row.get(1)?,
        kind,
        author: Author::from_parts(&author_kind, row.get(4)?).ok_or_else(broken)?,
        client_id: row.get(5)?,
        text,
        activity,
        attachments: Vec::new(),
        quote: None,
        mentions: Vec::new(),
        revised: Revised { times: row.get(14)?, edited_at: row.get(15)?, recalled_at: row.get(16)? },
        position: row.get(9)?,
        at: row.get(10)?,
    };
    Ok(Stored { message, has_attachments: row.get(8)?, has_mentions: row.get(13)?, quotes: row.get(12)? })
}

fn complete(snapshot: &Snapshot<'_>, rows: Vec<Stored>) -> Result<Vec<Message>> {
    let load = |stored: Stored| {
        let mut message = with_files(snapshot, &stored)?;
        if stored.has_mentions {
            message.mentions = mention_store::list_of_message(snapshot, message.key)?;
        }
        if let Some(seq) = stored.quotes {
            message.quote = find_quote(snapshot, MessageKey::new(message.key.conversation(), seq))?;
        }
        Ok(message)
    };
    rows.into_iter().map(load).collect()
}

fn with_files(snapshot: &Snapshot<'_>, stored: &Stored) -> Result<Message> {
    let mut message = stored.message.clone();
    if stored.has_attachments {
        message.attachments = attachments::of_message(snapshot, message.key.conversation(), message.key.seq())?;
    }
    Ok(message)
}

/// A message as others show it: what it quotes itself does not matter.
pub fn find_quote(snapshot: &Snapshot<'_>, key: MessageKey) -> Result<Option<Quote>> {
    let found = snapshot.find(&format!("SELECT {MESSAGE} FROM messages WHERE id = ?1"), params![key.0], message)?;
    found.map(|stored| Ok(Quote::of(&with_files(snapshot, &stored)?))).transpose()
}

pub fn insert_message(tx: &mut Tx<'_>, m: &Message) -> Result<()> {
    let (body, subject, call) = match &m.activity {
        Some(Activity { verb, subject, call }) => (verb.as_str(), *subject, *call),
        None => (m.text.as_str(), None, None),
    };
    tx.execute(
        "INSERT INTO messages (id, public_seq, kind, author_kind, author_id, client_id, body, subject_id, attachments,
                               position, at, call_id, quotes, mentions)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            m.key.0,
            m.public_seq,
            m.kind.as_str(),
            m.author.kind(),
            m.author.raw_id(),
            m.client_id,
            body,
            subject,
            m.attachments.len() as i64,
            m.position,
            m.at,
            call,
            m.quote.as_ref().map(|quote| quote.seq),
            m.mentions.len() as i64
        ],
    )?;
    Ok(())
}

/// What its author may change of it.
pub fn update_message(tx: &mut Tx<'_>, m: &Message) -> Result<()> {
    tx.execute(
        "UPDATE messages SET body = ?2, mentions = ?3, revision = ?4, edited_at = ?5, recalled_at = ?6 WHERE id = ?1",
        params![m.key.0, m.text, m.mentions.len() as i64, m.revised.times, m.revised.edited_at, m.revised.recalled_at],
    )
    .map(drop)
}

pub fn find_by_client_id(snapshot: &Snapshot<'_>, client_id: &[u8; 16], author: Author) -> Result<Option<Message>> {
    let rows = snapshot.list(
        &format!("SELECT {MESSAGE} FROM messages WHERE client_id = ?1 AND author_kind = ?2 AND author_id = ?3"),
        params![client_id, author.kind(), author.raw_id()],
        message,
    )?;
    Ok(complete(snapshot, rows)?.pop())
}

pub fn find_message(snapshot: &Snapshot<'_>, key: MessageKey) -> Result<Option<Message>> {
    let rows = snapshot.list(&format!("SELECT {MESSAGE} FROM messages WHERE id = ?1"), params![key.0], message)?;
    Ok(complete(snapshot, rows)?.pop())
}

/// The newest activity of one of these kinds.
pub fn newest_activity(
    snapshot: &Snapshot<'_>,
    conversation: ConversationId,
    verbs: &[Verb],
) -> Result<Option<(MessageKey, Verb)>> {
    let (first, last) = (MessageKey::new(conversation, 0), MessageKey::new(conversation, MessageKey::SEQ_MAX));
    let names: Vec<String> = verbs.iter().map(|verb| format!("'{}'", verb.as_str())).collect();
    let sql = format!(
        "SELECT id, body FROM messages WHERE id BETWEEN ?1 AND ?2 AND kind = 'activity' AND body IN ({})
         ORDER BY id DESC LIMIT 1",
        names.join(", ")
    );
    snapshot.find(&sql, params![first.0, last.0], |row| {
        let verb: String = row.get(1)?;
        let verb = Verb::parse(&verb).ok_or_else(|| Error::internal("a message row that no version wrote"))?;
        Ok((MessageKey(row.get(0)?), verb))
    })
}

/// Up to `limit` messages with `from <= seq <= to`, ascending: the first ones, or the last ones.
pub fn list_messages(
    snapshot: &Snapshot<'_>,
    conversation: ConversationId,
    (from, to): (i64, i64),
    newest: bool,
    limit: usize,
) -> Result<Vec<Message>> {
    let bounds = [
        Value::Int(MessageKey::new(conversation, from.clamp(0, MessageKey::SEQ_MAX)).0),
        Value::Int(MessageKey::new(conversation, to.clamp(0, MessageKey::SEQ_MAX)).0),
        Value::Int(limit as i64),
    ];
    let order = if newest { "DESC" } else { "ASC" };
    let sql = format!("SELECT {MESSAGE} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order} LIMIT ?3");
    let mut rows: Vec<Stored> = snapshot.list(&sql, &bounds, message)?;
    if newest {
        rows.reverse();
    }
    complete(snapshot, rows)
}

/// The last messages for the customer with a position in `after < position < before`, newest first.
pub fn list_public_messages(
    snapshot: &Snapshot<'_>,
    c: &Conversation,
    (after, before): (i64, i64),
    limit: usize,
) -> Result<Vec<Message>> {
    let from = seq_after_position(snapshot, c, after)?;
    let to = seq_after_position(snapshot, c, before.saturating_sub(1))? - 1;
    if from > to {
        return Ok(Vec::new());
    }
    let bounds: [Value<'_>; 3] =
        [Value::Int(MessageKey::new(c.id, from).0), Value::Int(MessageKey::new(c.id, to).0), Value::Int(limit as i64)];
    let sql = format!(
        "SELECT {MESSAGE} FROM messages WHERE id BETWEEN ?1 AND ?2 AND public_seq > 0 ORDER BY id DESC LIMIT ?3"
    );
    let rows = snapshot.list(&sql, &bounds, message)?;
    complete(snapshot, rows)
}

/// The customer's messages after `seq`, counted up to [`UNREAD_MAX`].
pub fn count_unread(snapshot: &Snapshot<'_>, c: &Conversation, seq: i64) -> Result<i64> {
    if seq >= c.last_seq {
        return Ok(0);
    }
    snapshot.get(
        "SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE id > ?1 AND id <= ?2 AND author_kind = 'customer'
           AND kind = 'text' LIMIT ?3) AS bounded",
        params![MessageKey::new(c.id, seq).0, MessageKey::new(c.id, c.last_seq).0, UNREAD_MAX],
        |row| row.get(0),
    )
}

/// The first seq with this public seq or a larger one: 0 for none, the last for beyond the end. Both numberings grow
/// together, so it is found by halving; a walk would let one visitor's mark read their whole conversation.
pub fn seq_of_public(snapshot: &Snapshot<'_>, c: &Conversation, public_seq: i64) -> Result<i64> {
    let wanted = public_seq.clamp(0, c.last_public_seq);
    if wanted == 0 {
        return Ok(0);
    }
    first_seq(c, |seq| Ok(public_of_seq(snapshot, c.id, seq)? >= wanted))
}

/// The first seq with a position after `position`; one past the last if there is none.
fn seq_after_position(snapshot: &Snapshot<'_>, c: &Conversation, position: i64) -> Result<i64> {
    let position_of = |seq: i64| {
        let key = MessageKey::new(c.id, seq).0;
        snapshot.get("SELECT position FROM messages WHERE id = ?1", params![key], |row| row.get::<i64>(0))
    };
    match position {
        before_all if before_all <= 0 => Ok(1),
        after_all if c.last_seq == 0 || position_of(c.last_seq)? <= after_all => Ok(c.last_seq + 1),
        between => first_seq(c, |seq| Ok(position_of(seq)? > between)),
    }
}

/// The first seq for which `reached` is true, given that it is so from some seq to the last one.
fn first_seq(c: &Conversation, reached: impl Fn(i64) -> Result<bool>) -> Result<i64> {
    let (mut low, mut high) = (1, c.last_seq);
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// The public seq the customer had reached at `seq`; 0 if none.
pub fn public_of_seq(snapshot: &Snapshot<'_>, conversation: ConversationId, seq: i64) -> Result<i64> {
    let found = snapshot.find(
        "SELECT public_seq FROM messages WHERE id BETWEEN ?1 AND ?2 AND public_seq > 0 ORDER BY id DESC LIMIT 1",
        params![MessageKey::new(conversation, 0).0, MessageKey::new(conversation, seq.clamp(0, MessageKey::SEQ_MAX)).0],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(0))
}

// ---- reads ----

pub fn read_seq(snapshot: &Snapshot<'_>, user: UserId, conversation: ConversationId) -> Result<i64> {
    let found = snapshot.find(
        "SELECT seq FROM conversation_reads WHERE user_id = ?1 AND conversation_id = ?2",
        params![user, conversation],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(0))
}

/// Moves the person's mark forward; says whether it moved.
pub fn raise_read_seq(tx: &mut Tx<'_>, user: UserId, conversation: ConversationId, seq: i64) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO conversation_reads (user_id, conversation_id, seq) VALUES (?1, ?2, ?3)
         ON CONFLICT (user_id, conversation_id) DO UPDATE SET seq = excluded.seq WHERE conversation_reads.seq < excluded.seq",
        params![user, conversation, seq],
    )?;
    Ok(changed > 0)
}

/// Moves the person's mark back, so that what came after `seq` is unread again.
pub fn lower_read_seq(tx: &mut Tx<'_>, user: UserId, conversation: ConversationId, seq: i64) -> Result<()> {
    tx.execute(
        "UPDATE conversation_reads SET seq = ?3 WHERE user_id = ?1 AND conversation_id = ?2 AND seq > ?3",
        params![user, conversation, seq],
    )
    .map(drop)
}

/// When the customer's oldest message came that no agent has answered.
pub fn find_waiting_since(snapshot: &Snapshot<'_>, c: &Conversation) -> Result<Option<Millis>> {
    let (first, last) = (MessageKey::new(c.id, 0).0, MessageKey::new(c.id, c.last_seq).0);
    let answered = snapshot.find(
        "SELECT id FROM messages WHERE id BETWEEN ?1 AND ?2 AND author_kind = 'agent' AND kind = 'text'
         ORDER BY id DESC LIMIT 1",
        params![first, last],
        |row| row.get::<i64>(0),
    )?;
    snapshot.find(
        "SELECT at FROM messages WHERE id > ?1 AND id <= ?2 AND author_kind = 'customer' AND kind = 'text'
         ORDER BY id LIMIT 1",
        params![answered.unwrap_or(first), last],
        |row| row.get(0),
    )
}

/// The customer's newest message.
pub fn find_last_of_customer(snapshot: &Snapshot<'_>, c: &Conversation) -> Result<Option<i64>> {
    snapshot.find(
        "SELECT id FROM messages WHERE id BETWEEN ?1 AND ?2 AND author_kind = 'customer' AND kind = 'text'
         ORDER BY id DESC LIMIT 1",
        params![MessageKey::new(c.id, 0).0, MessageKey::new(c.id, c.last_seq).0],
        |row| Ok(MessageKey(row.get(0)?).seq()),
    )
}
