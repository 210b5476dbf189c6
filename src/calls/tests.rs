//! What becomes of calls, with the time and the lines in our hands.

use super::commands::{self, Ask, Show, Start};
use super::company::{self, Invite, Mode};
use super::events::{CallUpdated, UPDATED};
use super::feature;
use super::lifecycle::Caps;
use super::lines::{self, Line};
use super::model::{Call, LegState, Medium, Reason, RecordingState, State};
use super::queries::CallView;
use super::recording::{self, Action};
use super::{Leg, expiry, queries, store, timing};
use crate::bus::Batch;
use crate::channels::{self, CallSettings, ChannelSettings, Consent, RecordingPolicy};
use crate::conversations::queries::Range;
use crate::conversations::{self, Author, Kind, MessageLimits, Verb};
use crate::customers;
use crate::db::{Db, Options, Tx};
use crate::hub::{Feeds, Hub, Listener, Subscription, Visibility};
use crate::identity;
use crate::kernel::{
    Actor, CallId, ChannelId, Clock, ConversationId, Ctx, CustomerId, LegId, Millis, Result, Role, UserId,
};
use crate::vault::PageKey;
use crossbeam_channel::Receiver;
use std::time::Duration;
use tempfile::TempDir;

const LIN: UserId = UserId(1);
const BEN: UserId = UserId(2);
/// A supervisor.
const SUE: UserId = UserId(3);
const SECOND: i64 = Millis::seconds(1);
const CAPS: Caps = Caps { calls_max: 3, participants_max: 6 };

struct Office {
    _folder: TempDir,
    clock: Clock,
    db: Db,
    hub: Hub,
    events: Receiver<Batch>,
    channel: ChannelId,
    customer: CustomerId,
    conversation: ConversationId,
    here: Vec<(UserId, Subscription)>,
}

fn agent(id: UserId) -> Actor {
    Actor::User { id, role: if id == SUE { Role::Supervisor } else { Role::Agent } }
}

impl Office {
    /// Lin, Ben and Sue are here; somebody has written.
    fn new(calls: CallSettings) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new([5; 32]));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        let clock = Clock::manual(Millis(1_000_000));
        let ctx = Ctx::system(clock.now());
        let channel = db
            .write_blocking(move |tx| {
                let (name, locale, time_zone) = ("Acme".into(), "en".into(), "UTC".into());
                let organisation = identity::commands::CreateOrganisation { name, locale, time_zone };
                identity::commands::create_organisation(tx, &ctx, &organisation)?;
                for (name, role) in [("Lin", Role::Agent), ("Ben", Role::Agent), ("Sue", Role::Supervisor)] {
                    let (email, password_hash) = (format!("{name}@acme.example"), String::new());
                    let person = identity::commands::CreateUser { name: name.into(), email, role, password_hash };
                    identity::commands::create_user(tx, &ctx, &person)?;
                }
                let create = channels::commands::CreateChannel { name: "Shop".into(), key: "wc_1".into() };
                let channel = channels::commands::create(tx, &ctx, &create)?.id;
                let settings = ChannelSettings { calls: calls.clone(), ..ChannelSettings::default() };
                let change = channels::commands::UpdateChannel { settings: Some(settings), ..Default::default() };
                channels::commands::update(tx, &ctx, channel, &change)?;
                Ok(channel)
            })
            .unwrap();
        let hub = Hub::new("e".into(), Feeds::new([]), clock.clone());
        let events = db.bus().subscribe();
        let (customer, conversation) = (CustomerId(0), ConversationId(0));
        let mut office =
            Office { _folder: folder, clock, db, hub, events, channel, customer, conversation, here: Vec::new() };
        (office.customer, office.conversation) = office.somebody_writes();
        for user in [LIN, BEN, SUE] {
            office.comes(user);
        }
        office
    }

    fn usual() -> Office {
        Office::new(CallSettings { enabled: true, visitors_may_ask: true, ..CallSettings::default() })
    }

    fn somebody_writes(&self) -> (CustomerId, ConversationId) {
        let (channel, now) = (self.channel, self.clock.now());
        self.db
            .write_blocking(move |tx| {
                let device = customers::Device::from_user_agent("", "en");
                let customer = customers::commands::create(tx, &Ctx::system(now), channel, "en", &device)?;
                let post = conversations::commands::PostMessage {
                    conversation: None,
                    kind: Kind::Text,
                    client_id: u128::from(tx.next_position() as u64).to_le_bytes(),
                    text: "hello".into(),
                    attachments: Vec::new(),
                    refers: conversations::References::default(),
                    limits: MessageLimits::default(),
                };
                let ctx = Ctx::new(Actor::Visitor { customer, channel }, now);
                Ok((customer, conversations::commands::post(tx, &ctx, &post)?.key.conversation()))
            })
            .unwrap()
    }

    fn comes(&mut self, user: UserId) {
        let listener = Listener::Agent { user, visibility: Visibility::Everything, away: false, session: [0; 32] };
        self.here.push((user, self.hub.subscribe(listener)));
    }

    fn visitor(&self) -> Actor {
        Actor::Visitor { customer: self.customer, channel: self.channel }
    }

    fn does<T: Send + 'static>(
        &self,
        who: Actor,
        command: impl Fn(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = Ctx::new(who, self.clock.now());
        self.db.write_blocking(move |tx| command(tx, &ctx))
    }

    /// The code that a command is refused with.
    fn refused<T: Send + 'static>(
        &self,
        who: Actor,
        command: impl Fn(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> &'static str {
        self.does(who, command).err().expect("a refusal").code
    }

    fn start(&self, by: UserId) -> Result<CallView> {
        let conversation = self.conversation;
        self.does(agent(by), move |tx, ctx| {
            commands::start(
                tx,
                ctx,
                &Start { conversation, medium: Medium::Video, customer_is_online: true, caps: CAPS },
            )
        })
    }

    fn ask_by(&self, who: Actor) -> Result<CallView> {
        let online = timing::online(&self.hub);
        self.does(who, move |tx, ctx| {
            commands::ask(tx, ctx, &Ask { medium: Medium::Audio, online: online.clone(), caps: CAPS })
        })
    }

    fn accepts(&self, who: Actor, id: CallId) -> Result<CallView> {
        let online = timing::online(&self.hub);
        self.does(who, move |tx, ctx| commands::accept(tx, ctx, id, &online))
    }

    fn declines(&self, who: Actor, id: CallId) -> Result<CallView> {
        let online = timing::online(&self.hub);
        self.does(who, move |tx, ctx| commands::decline(tx, ctx, id, &online))
    }

    fn hangs_up(&self, who: Actor, id: CallId) -> Result<CallView> {
        self.does(who, move |tx, ctx| commands::hang_up(tx, ctx, id))
    }

    fn invites(&self, by: UserId, user: UserId, id: CallId, is_transfer: bool) -> Result<CallView> {
        let is_online = timing::online(&self.hub).contains(&user);
        self.does(agent(by), move |tx, ctx| {
            company::invite(tx, ctx, id, &Invite { user, is_online, is_transfer, caps: CAPS })
        })
    }

    fn supervises(&self, by: UserId, id: CallId, mode: Mode) -> Result<CallView> {
        self.does(agent(by), move |tx, ctx| company::supervise(tx, ctx, id, mode, &CAPS))
    }

    /// The media plane says so of somebody's line.
    fn line(&self, id: CallId, user: Option<UserId>, line: Line) {
        let leg = self.leg(id, user).id;
        self.does(Actor::System, move |tx, ctx| lines::changed(tx, ctx, id, leg, line)).unwrap();
    }

    /// Lin and the customer talk.
    fn talking(&self) -> CallId {
        let id = self.start(LIN).unwrap().call.id;
        self.accepts(self.visitor(), id).unwrap();
        self.line(id, Some(LIN), Line::Open);
        self.line(id, None, Line::Open);
        assert_eq!(self.call(id).state, State::Active);
        id
    }

    fn call(&self, id: CallId) -> Call {
        self.db.read_blocking(move |snapshot| store::find(snapshot, id)).unwrap().unwrap()
    }

    fn leg(&self, id: CallId, user: Option<UserId>) -> Leg {
        self.call(id).legs.into_iter().rev().find(|leg| leg.user == user).unwrap()
    }

    fn ended(&self, id: CallId) -> Option<Reason> {
        self.call(id).state.reason()
    }

    fn ringing(&self, id: CallId) -> Vec<UserId> {
        let call = self.call(id);
        call.legs.iter().filter(|leg| leg.state == LegState::Ringing).filter_map(|leg| leg.user).collect()
    }

    /// Time passes, and whatever is due happens.
    fn waits(&self, ms: i64) {
        self.clock.advance(ms);
        timing::turn(&self.db, &self.hub, self.clock.now()).unwrap();
    }

    fn assignee(&self) -> Option<UserId> {
        let id = self.conversation;
        let found = self.db.read_blocking(move |snapshot| conversations::queries::find(snapshot, id));
        found.unwrap().unwrap().assignee
    }

    /// What the conversation's history says of calls.
    fn history(&self) -> Vec<(Author, Verb, Option<UserId>)> {
        let (ctx, id) = (Ctx::new(agent(SUE), self.clock.now()), self.conversation);
        let found =
            self.db.read_blocking(move |s| conversations::queries::messages(s, &ctx, id, Range::Newest, 100)).unwrap();
        let of_call = |m: &conversations::Message| m.activity.filter(|a| a.call.is_some()).map(|a| (m.author, a));
        found.messages.iter().filter_map(of_call).map(|(author, a)| (author, a.verb, a.subject)).collect()
    }

    /// The frames about calls since this was asked last: for agents, and for the customer.
    fn told(&self) -> Vec<(String, Option<String>)> {
        let mut told = Vec::new();
        // The bus has it a moment after whoever asked has their answer.
        while let Ok(batch) = self.events.recv_timeout(Duration::from_millis(150)) {
            for published in batch.iter().filter(|published| published.get::<CallUpdated>().is_some()) {
                let feed = feature::feeds().into_iter().find(|feed| feed.kind == UPDATED).unwrap();
                if let crate::hub::Announcement::Tell { agents, customer, .. } = (feed.live)(published) {
                    told.push((agents.unwrap(), customer.map(|(_, body)| body)));
                }
            }
        }
        told
    }
}

#[test]
fn an_agent_calls_and_the_customer_answers() {
    let office = Office::usual();
    let call = office.start(LIN).unwrap().call;
    assert_eq!((call.state, office.assignee()), (State::Ringing, Some(LIN)), "who calls takes on");
    office.accepts(office.visitor(), call.id).unwrap();
    assert_eq!(office.call(call.id).state, State::Connecting);
    office.line(call.id, None, Line::Open);
    assert_eq!(office.call(call.id).state, State::Connecting, "one line is no talk");
    office.line(call.id, Some(LIN), Line::Open);
    assert_eq!(office.call(call.id).state, State::Active);
    office.waits(3_600 * SECOND);
    assert_eq!(office.call(call.id).state, State::Active, "an hour is no matter");
    office.hangs_up(agent(LIN), call.id).unwrap();
    assert_eq!(office.ended(call.id), Some(Reason::HungUp));
    office.hangs_up(agent(LIN), call.id).unwrap();
    let lin = Author::Agent(LIN);
    assert_eq!(office.history(), [(lin, Verb::CallStarted, Some(LIN)), (lin, Verb::CallEnded, Some(LIN))]);
    assert!(office.call(call.id).legs.iter().all(|leg| leg.state == LegState::Left));
}

#[test]
fn it_rings_for_45_seconds_and_the_lines_have_30() {
    let office = Office::usual();
    let id = office.start(LIN).unwrap().call.id;
    office.waits(44 * SECOND);
    assert_eq!(office.call(id).state, State::Ringing);
    office.waits(SECOND);
    assert_eq!(office.ended(id), Some(Reason::Missed));
    assert_eq!(office.history(), [(Author::Agent(LIN), Verb::CallMissed, Some(LIN))]);
    assert_eq!(office.refused(office.visitor(), move |tx, ctx| commands::accept(tx, ctx, id, &[])), "call.over");

    let id = office.start(LIN).unwrap().call.id;
    office.line(id, Some(LIN), Line::Open);
    office.waits(40 * SECOND);
    office.accepts(office.visitor(), id).unwrap();
    office.waits(29 * SECOND);
    assert_eq!(office.call(id).state, State::Connecting);
    office.waits(SECOND);
    assert_eq!(office.ended(id), Some(Reason::Failed));
    assert_eq!(office.history().last().unwrap().1, Verb::CallEnded);
}

#[test]
fn the_customer_declines_and_the_agent_gives_up() {
    let office = Office::usual();
    let id = office.start(LIN).unwrap().call.id;
    office.declines(office.visitor(), id).unwrap();
    assert_eq!(office.ended(id), Some(Reason::Declined));
    let id = office.start(LIN).unwrap().call.id;
    assert_eq!(office.refused(office.visitor(), move |tx, ctx| commands::cancel(tx, ctx, id)), "call.not_allowed");
    office.does(agent(LIN), move |tx, ctx| commands::cancel(tx, ctx, id)).unwrap();
    assert_eq!(office.ended(id), Some(Reason::Cancelled));
    let verbs: Vec<Verb> = office.history().into_iter().map(|(_, verb, _)| verb).collect();
    assert_eq!(verbs, [Verb::CallDeclined, Verb::CallMissed]);
}

#[test]
fn a_customer_s_call_rings_at_all_and_the_first_has_it() {
    let office = Office::usual();
    let id = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(id), [LIN, BEN, SUE]);
    office.accepts(agent(BEN), id).unwrap();
    assert_eq!((office.ringing(id), office.assignee()), (vec![], Some(BEN)));
    assert_eq!(office.refused(agent(LIN), move |tx, ctx| commands::accept(tx, ctx, id, &[])), "call.taken");
    let again = office.accepts(agent(BEN), id).unwrap().call;
    assert_eq!(again.position, office.call(id).position, "the same word twice changes nothing");
    let shown = super::api::wire::CallDto::new(&again_view(&office, id), super::api::wire::Eyes::Agent);
    assert_eq!(shown.participants.len(), 2, "who only rang is left out");
}

fn again_view(office: &Office, id: CallId) -> CallView {
    let ctx = Ctx::new(agent(SUE), office.clock.now());
    office.db.read_blocking(move |snapshot| queries::get(snapshot, &ctx, id)).unwrap()
}

#[test]
fn it_rings_at_the_assignee_first_and_at_the_others_when_they_do_not_take_it() {
    let office = Office::usual();
    let talk = office.talking();
    office.hangs_up(agent(LIN), talk).unwrap();
    let id = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(id), [LIN]);
    office.waits(14 * SECOND);
    assert_eq!(office.ringing(id), [LIN]);
    office.waits(SECOND);
    assert_eq!(office.ringing(id), [LIN, BEN, SUE]);
    office.does(office.visitor(), move |tx, ctx| commands::cancel(tx, ctx, id)).unwrap();

    let id = office.ask_by(office.visitor()).unwrap().call.id;
    office.declines(agent(LIN), id).unwrap();
    assert_eq!(office.ringing(id), [BEN, SUE], "who declined is not asked again");
    office.declines(agent(BEN), id).unwrap();
    assert_eq!(office.call(id).state, State::Ringing);
    office.declines(agent(SUE), id).unwrap();
    assert_eq!(office.ended(id), Some(Reason::Declined));
}

#[test]
fn nobody_here_and_everybody_busy_are_said_and_nothing_is_left_behind() {
    let mut office = Office::usual();
    let elsewhere = office.talking();
    office.here.retain(|(user, _)| *user == LIN);
    office.clock.advance(60 * SECOND);
    office.here.clear();
    office.comes(LIN);
    let (other, conversation) = office.somebody_writes();
    let other = Actor::Visitor { customer: other, channel: office.channel };
    let ask = |online: Vec<UserId>| {
        move |tx: &mut Tx<'_>, ctx: &Ctx| {
            commands::ask(tx, ctx, &Ask { medium: Medium::Audio, online: online.clone(), caps: CAPS })
        }
    };
    assert_eq!(office.refused(other, ask(vec![LIN])), "call.everyone_busy");
    assert_eq!(office.refused(other, ask(vec![])), "call.nobody_here");
    let left = office.db.read_blocking(move |s| store::list_of_conversation(s, conversation, 10)).unwrap();
    assert!(left.is_empty());
    assert_eq!(office.call(elsewhere).state, State::Active);
}

#[test]
fn one_call_in_a_conversation_one_for_an_agent_and_so_many_in_all() {
    let mut office = Office::usual();
    office.talking();
    let conversation = office.conversation;
    let start = move |caps: Caps, conversation| {
        move |tx: &mut Tx<'_>, ctx: &Ctx| {
            commands::start(tx, ctx, &Start { conversation, medium: Medium::Audio, customer_is_online: true, caps })
        }
    };
    assert_eq!(office.refused(agent(BEN), start(CAPS, conversation)), "call.busy");
    let (customer, second) = office.somebody_writes();
    assert_eq!(office.refused(agent(LIN), start(CAPS, second)), "call.agent_busy");
    let one = Caps { calls_max: 1, ..CAPS };
    assert_eq!(office.refused(agent(BEN), start(one, second)), "call.full");
    (office.customer, office.conversation) = (customer, second);
    let id = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(id), [BEN, SUE], "Lin talks");
    assert_eq!(office.refused(agent(LIN), move |tx, ctx| commands::accept(tx, ctx, id, &[])), "call.agent_busy");
}

#[test]
fn whoever_takes_one_of_two_leaves_the_other_to_the_others_or_to_nobody() {
    let mut office = Office::usual();
    let first = office.ask_by(office.visitor()).unwrap().call.id;
    (office.customer, office.conversation) = office.somebody_writes();
    let second = office.ask_by(office.visitor()).unwrap().call.id;
    office.accepts(agent(LIN), first).unwrap();
    assert_eq!(office.ringing(second), [BEN, SUE]);
    office.declines(agent(SUE), second).unwrap();
    (office.customer, office.conversation) = office.somebody_writes();
    let third = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(third), [BEN, SUE]);
    office.accepts(agent(BEN), third).unwrap();
    assert_eq!(office.ended(second), Some(Reason::Busy));
}

#[test]
fn a_colleague_is_invited_and_stays_when_the_first_leaves() {
    let office = Office::usual();
    let id = office.talking();
    office.invites(LIN, BEN, id, false).unwrap();
    assert_eq!(office.ringing(id), [BEN]);
    office.accepts(agent(BEN), id).unwrap();
    office.line(id, Some(BEN), Line::Open);
    office.hangs_up(agent(LIN), id).unwrap();
    assert_eq!((office.call(id).state, office.assignee()), (State::Active, Some(LIN)));
    office.hangs_up(agent(BEN), id).unwrap();
    assert_eq!(office.ended(id), Some(Reason::HungUp));
}

#[test]
fn an_invitation_that_nobody_takes_changes_nothing() {
    let office = Office::usual();
    let id = office.talking();
    office.invites(LIN, BEN, id, false).unwrap();
    office.waits(45 * SECOND);
    assert_eq!((office.ringing(id), office.call(id).state), (vec![], State::Active));
    office.invites(LIN, BEN, id, false).unwrap();
    office.declines(agent(BEN), id).unwrap();
    assert_eq!(office.call(id).state, State::Active);
    let invite = |user, is_online| {
        move |tx: &mut Tx<'_>, ctx: &Ctx| {
            let caps = Caps { participants_max: 2, ..CAPS };
            company::invite(tx, ctx, id, &Invite { user, is_online, is_transfer: false, caps })
        }
    };
    assert_eq!(office.refused(agent(BEN), invite(SUE, true)), "call.not_allowed");
    assert_eq!(office.refused(agent(LIN), invite(UserId(99), true)), "input.invalid");
    assert_eq!(office.refused(agent(LIN), invite(BEN, false)), "call.agent_offline");
    assert_eq!(office.refused(agent(LIN), invite(BEN, true)), "call.too_many");
}

#[test]
fn a_transfer_leaves_no_silence_in_between() {
    let office = Office::usual();
    let id = office.talking();
    office.invites(LIN, BEN, id, true).unwrap();
    office.accepts(agent(BEN), id).unwrap();
    assert_eq!(office.assignee(), Some(BEN));
    assert_eq!(office.leg(id, Some(LIN)).state, LegState::Joined, "until the other is heard");
    office.line(id, Some(BEN), Line::Open);
    assert_eq!(office.leg(id, Some(LIN)).state, LegState::Left);
    assert_eq!(office.call(id).state, State::Active);
}

#[test]
fn a_supervisor_listens_unseen_whispers_barges_and_takes_over() {
    let office = Office::usual();
    let id = office.talking();
    assert_eq!(
        office.refused(agent(BEN), move |tx, ctx| company::supervise(tx, ctx, id, Mode::Listen, &CAPS)),
        "role.insufficient"
    );
    office.told();
    for mode in [Mode::Listen, Mode::Whisper] {
        office.supervises(SUE, id, mode).unwrap();
        let told = office.told();
        assert_eq!(told.len(), 1);
        assert!(told[0].0.contains("Sue"), "agents know");
        assert_eq!(told[0].1, None, "the customer does not even hear that something changed");
    }
    office.line(id, Some(SUE), Line::Open);
    assert_eq!(office.told()[0].1, None);
    office.supervises(SUE, id, Mode::Barge).unwrap();
    assert!(office.told()[0].1.as_ref().unwrap().contains("Sue"));
    office.supervises(SUE, id, Mode::TakeOver).unwrap();
    assert_eq!((office.leg(id, Some(LIN)).state, office.assignee()), (LegState::Left, Some(SUE)));
    assert_eq!(office.call(id).state, State::Active);
    let listen = move |tx: &mut Tx<'_>, ctx: &Ctx| company::supervise(tx, ctx, id, Mode::Listen, &CAPS);
    assert_eq!(office.refused(agent(SUE), listen), "call.not_allowed", "nobody would talk to the customer");
    let told = office.told().concat_customer();
    assert!(!told.contains("usr_"), "a customer never reads whose number is whose: {told}");
}

trait ForCustomer {
    fn concat_customer(&self) -> String;
}

impl ForCustomer for Vec<(String, Option<String>)> {
    fn concat_customer(&self) -> String {
        self.iter().filter_map(|(_, customer)| customer.clone()).collect()
    }
}

#[test]
fn an_announced_listener_is_shown() {
    let settings = CallSettings { enabled: true, announce_listeners: true, ..CallSettings::default() };
    let office = Office::new(settings);
    let id = office.talking();
    office.told();
    office.supervises(SUE, id, Mode::Listen).unwrap();
    assert!(office.told()[0].1.as_ref().unwrap().contains("Sue"));
    office.supervises(SUE, id, Mode::Whisper).unwrap();
    assert!(!office.told()[0].1.as_ref().unwrap().contains("Sue"), "a whisper never");
}

#[test]
fn a_line_that_breaks_has_fifteen_seconds_and_a_reload_is_nothing() {
    let office = Office::usual();
    let id = office.talking();
    office.line(id, None, Line::Broken);
    assert_eq!(office.leg(id, None).state, LegState::Interrupted);
    office.waits(14 * SECOND);
    office.line(id, None, Line::Open);
    office.waits(60 * SECOND);
    assert_eq!(office.call(id).state, State::Active);
    office.line(id, None, Line::Broken);
    office.waits(15 * SECOND);
    assert_eq!(office.ended(id), Some(Reason::Lost));
    office.line(id, None, Line::Open);
    assert_eq!(office.ended(id), Some(Reason::Lost), "what is over is over");
}

#[test]
fn a_server_that_starts_again_ends_what_was_under_way() {
    let mut office = Office::usual();
    let talk = office.talking();
    (office.customer, office.conversation) = office.somebody_writes();
    let rings = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.does(Actor::System, lines::restarted).unwrap(), 2);
    assert_eq!((office.ended(talk), office.ended(rings)), (Some(Reason::Lost), Some(Reason::Lost)));
    assert_eq!(office.history(), [(Author::Customer(office.customer), Verb::CallMissed, None)]);
    assert_eq!(office.does(Actor::System, lines::restarted).unwrap(), 0);
}

fn recorded(recording: RecordingPolicy, consent: Consent) -> Office {
    Office::new(CallSettings { enabled: true, recording, consent, ..CallSettings::default() })
}

impl Office {
    fn recording(&self, id: CallId) -> RecordingState {
        self.call(id).recording.state
    }

    fn consents(&self, id: CallId, agreed: bool) {
        self.does(self.visitor(), move |tx, ctx| recording::consent(tx, ctx, id, agreed)).unwrap();
    }

    fn records(&self, id: CallId, action: Action, reason: &'static str) -> Result<CallView> {
        self.does(agent(LIN), move |tx, ctx| recording::control(tx, ctx, id, action, reason))
    }
}

#[test]
fn recording_follows_the_policy_and_the_customer_s_word() {
    let office = recorded(RecordingPolicy::Always, Consent::Notice);
    let id = office.talking();
    assert_eq!(office.recording(id), RecordingState::On);
    let stop = move |tx: &mut Tx<'_>, ctx: &Ctx| recording::control(tx, ctx, id, Action::Stop, "");
    assert_eq!(office.refused(agent(LIN), stop), "call.not_allowed");
    assert_eq!(office.records(id, Action::Pause, " ").unwrap_err().code, "input.invalid", "a pause has a reason");
    office.records(id, Action::Pause, "the card's number").unwrap();
    assert_eq!(
        (office.recording(id), office.call(id).recording.note.as_str()),
        (RecordingState::Paused, "the card's number")
    );
    office.records(id, Action::Resume, "").unwrap();
    assert_eq!(office.recording(id), RecordingState::On);
    office.hangs_up(agent(LIN), id).unwrap();
    assert_eq!(office.recording(id), RecordingState::Off);

    let office = recorded(RecordingPolicy::Always, Consent::Ask);
    let id = office.talking();
    assert_eq!(office.recording(id), RecordingState::WaitingForConsent);
    office.clock.advance(SECOND);
    office.consents(id, true);
    assert_eq!(office.recording(id), RecordingState::On);
    assert_eq!(office.call(id).recording.consent.unwrap().1, office.clock.now());
    office.hangs_up(agent(LIN), id).unwrap();
    let id = office.talking();
    office.consents(id, false);
    assert_eq!(office.ended(id), Some(Reason::Declined));

    let office = recorded(RecordingPolicy::OnRequest, Consent::Ask);
    let id = office.talking();
    assert_eq!(office.recording(id), RecordingState::Off);
    office.records(id, Action::Start, "").unwrap();
    assert_eq!(office.recording(id), RecordingState::WaitingForConsent);
    office.consents(id, false);
    assert_eq!((office.recording(id), office.call(id).state), (RecordingState::Off, State::Active));
    office.records(id, Action::Start, "").unwrap();
    office.consents(id, true);
    assert_eq!(office.recording(id), RecordingState::On);
    office.records(id, Action::Stop, "").unwrap();
    office.records(id, Action::Start, "").unwrap();
    assert_eq!(office.recording(id), RecordingState::On, "agreed once is agreed");
}

#[test]
fn who_agrees_before_answering_is_recorded_from_the_first_word() {
    let office = recorded(RecordingPolicy::Always, Consent::Ask);
    let id = office.start(LIN).unwrap().call.id;
    office.consents(id, true);
    assert_eq!(office.recording(id), RecordingState::Off);
    office.accepts(office.visitor(), id).unwrap();
    office.line(id, Some(LIN), Line::Open);
    office.line(id, None, Line::Open);
    assert_eq!(office.recording(id), RecordingState::On);
}

#[test]
fn a_newer_screen_takes_the_place_and_a_voice_channel_has_none() {
    let office = Office::usual();
    let id = office.talking();
    let screen = |who: Actor, on| {
        office.does(who, move |tx, ctx| commands::show(tx, ctx, id, Show { screen: Some(on), ..Show::default() }))
    };
    screen(agent(LIN), true).unwrap();
    screen(office.visitor(), true).unwrap();
    assert!(!office.leg(id, Some(LIN)).screen && office.leg(id, None).screen);
    let before = office.call(id).position;
    screen(office.visitor(), true).unwrap();
    assert_eq!(office.call(id).position, before, "nothing new, nothing told");
    let voice =
        Office::new(CallSettings { enabled: true, visitors_may_ask: true, video: false, ..CallSettings::default() });
    assert_eq!(voice.start(LIN).unwrap_err().code, "call.not_allowed");
}

#[test]
fn calls_go_after_their_conversation() {
    let mut office = Office::usual();
    let id = office.talking();
    office.hangs_up(agent(LIN), id).unwrap();
    let of_first = office.conversation;
    (office.customer, office.conversation) = office.somebody_writes();
    let newest = office.talking();
    office.hangs_up(agent(LIN), newest).unwrap();
    let orphans = |office: &Office| office.db.read_blocking(|s| expiry::orphans(s, CallId(0), 10)).unwrap().0;
    assert!(orphans(&office).is_empty());
    office.does(agent(LIN), move |tx, ctx| conversations::commands::resolve(tx, ctx, of_first)).unwrap();
    let now = office.clock.now().plus(1);
    let aged = office
        .db
        .read_blocking(move |s| conversations::expiry::aged(s, conversations::expiry::BEGINNING, now, 10))
        .unwrap();
    office.does(Actor::System, move |tx, ctx| conversations::expiry::delete(tx, ctx, &aged)).unwrap();
    assert_eq!(orphans(&office), [id]);
    office.does(Actor::System, move |tx, ctx| expiry::delete(tx, ctx, &[id])).unwrap();
    let gone = office.db.read_blocking(move |s| store::find(s, id)).unwrap();
    assert!(gone.is_none());
    assert_eq!(office.leg(newest, Some(LIN)).id, LegId(3));
}
