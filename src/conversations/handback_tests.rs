//! Who keeps a conversation and who loses it, with the time in our hands.

use super::commands::{self, Assign, HandBack, PostMessage, Reason};
use super::handback::Turn;
use super::{Activity, Author, Conversation, Kind, MessageLimits, References, Verb, queries, store};
use crate::channels::{self, ChannelSettings, Handback};
use crate::customers;
use crate::db::{Db, Options, Tx};
use crate::hub::{Feeds, Hub, Listener, Subscription, Visibility};
use crate::identity;
use crate::kernel::{Actor, ChannelId, Clock, ConversationId, Ctx, CustomerId, Millis, Result, Role, UserId};
use crate::vault::PageKey;
use tempfile::TempDir;

const MINUTE: i64 = Millis::minutes(1);
const LIN: UserId = UserId(1);
const BEN: UserId = UserId(2);

struct Office {
    _folder: TempDir,
    clock: Clock,
    db: Db,
    hub: Hub,
    channel: ChannelId,
}

impl Office {
    /// Lin and Ben, and a channel that gives back after a minute.
    fn new(handback: Handback) -> Office {
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
                for name in ["Lin", "Ben"] {
                    hire(tx, &ctx, name)?;
                }
                let create = channels::commands::CreateChannel { name: "Shop".into(), key: "wc_1".into() };
                Ok(channels::commands::create(tx, &ctx, &create)?.id)
            })
            .unwrap();
        let office = Office { hub: hub(&clock), _folder: folder, clock, db, channel };
        office.set(handback, 60);
        office
    }

    fn set(&self, handback: Handback, handback_after_s: u32) {
        let settings = ChannelSettings { handback, handback_after_s, ..ChannelSettings::default() };
        let change =
            move || channels::commands::UpdateChannel { settings: Some(settings.clone()), ..Default::default() };
        let channel = self.channel;
        self.write(move |tx, ctx| channels::commands::update(tx, ctx, channel, &change()));
    }

    fn write<T: Send + 'static>(&self, command: impl Fn(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static) -> T {
        let ctx = Ctx::system(self.clock.now());
        self.db.write_blocking(move |tx| command(tx, &ctx)).unwrap()
    }

    /// A new customer writes, and `assignee` has it.
    fn given_to(&self, assignee: UserId) -> ConversationId {
        let (channel, now) = (self.channel, self.clock.now());
        self.write(move |tx, ctx| {
            let device = customers::Device::from_user_agent("", "en");
            let customer = customers::commands::create(tx, ctx, channel, "en", &device)?;
            let id = say(tx, now, Actor::Visitor { customer, channel }, None)?;
            assign(tx, now, id, Some(assignee))?;
            Ok(id)
        })
    }

    fn answers(&self, who: UserId, id: ConversationId) {
        let now = self.clock.now();
        self.write(move |tx, _| say(tx, now, Actor::User { id: who, role: Role::Agent }, Some(id)));
    }

    fn comes(&self, user: UserId, away: bool) -> Subscription {
        self.hub.subscribe(Listener::Agent { user, visibility: Visibility::Everything, away, session: [0; 32] })
    }

    fn get(&self, id: ConversationId) -> Conversation {
        self.db.read_blocking(move |snapshot| store::find(snapshot, id)).unwrap().unwrap()
    }

    fn turn(&self) {
        Turn::new(&self.db, &self.hub, self.clock.now()).run().unwrap();
    }

    /// Time passes, and whatever is due happens.
    fn waits(&self, ms: i64) {
        self.clock.advance(ms);
        self.turn();
    }

    /// The last thing that happened, by whom and to whom.
    fn told(&self, id: ConversationId) -> (Author, Verb, Option<UserId>) {
        let messages = self
            .db
            .read_blocking(move |snapshot| {
                let conversation = store::find(snapshot, id)?.unwrap();
                store::list_messages(snapshot, id, (1, conversation.last_seq), true, 1)
            })
            .unwrap();
        let Activity { verb, subject, .. } = messages[0].activity.unwrap();
        (messages[0].author, verb, subject)
    }

    fn handed_back(&self, user: UserId) -> Vec<ConversationId> {
        let ctx = Ctx::new(Actor::User { id: user, role: Role::Agent }, self.clock.now());
        let views = self.db.read_blocking(move |snapshot| queries::handed_back(snapshot, &ctx, 50)).unwrap();
        views.iter().map(|view| view.conversation.id).collect()
    }
}

fn hub(clock: &Clock) -> Hub {
    Hub::new("e".into(), Feeds::new([]), clock.clone())
}

fn hire(tx: &mut Tx<'_>, ctx: &Ctx, name: &str) -> Result<()> {
    let (email, password_hash) = (format!("{name}@acme.example"), String::new());
    let person = identity::commands::CreateUser { name: name.into(), email, role: Role::Agent, password_hash };
    identity::commands::create_user(tx, ctx, &person).map(drop)
}

fn say(tx: &mut Tx<'_>, now: Millis, actor: Actor, conversation: Option<ConversationId>) -> Result<ConversationId> {
    let command = PostMessage {
        conversation,
        kind: Kind::Text,
        client_id: u128::from(tx.next_position() as u64).to_le_bytes(),
        text: "hello".into(),
        attachments: Vec::new(),
        refers: References::default(),
        limits: MessageLimits::default(),
    };
    Ok(commands::post(tx, &Ctx::new(actor, now), &command)?.key.conversation())
}

fn assign(
    tx: &mut Tx<'_>,
    now: Millis,
    conversation: ConversationId,
    assignee: Option<UserId>,
) -> Result<Conversation> {
    let ctx = Ctx::new(Actor::User { id: BEN, role: Role::Agent }, now);
    let (expected, expected_epoch, entrusted) = (None, None, false);
    commands::assign(tx, &ctx, &Assign { conversation, assignee, expected, expected_epoch, entrusted })
}

#[test]
fn who_is_gone_for_the_set_time_loses_what_a_customer_waits_in() {
    let office = Office::new(Handback::Waiting);
    let lin = office.comes(LIN, false);
    let (waiting, answered) = (office.given_to(LIN), office.given_to(LIN));
    office.answers(LIN, answered);
    office.waits(10 * MINUTE);
    assert_eq!(office.get(waiting).assignee, Some(LIN), "who is here keeps it, however long it takes");
    drop(lin);
    office.waits(MINUTE - 1);
    assert_eq!(office.get(waiting).assignee, Some(LIN));
    let before = office.get(waiting);
    office.waits(1);
    let after = office.get(waiting);
    assert_eq!((after.assignee, after.owner_epoch), (None, before.owner_epoch + 1));
    assert_eq!(after.waiting_since_at, before.waiting_since_at, "the customer still waits");
    assert_eq!(office.told(waiting), (Author::System, Verb::HandedBack, Some(LIN)));
    assert_eq!(office.get(answered).assignee, Some(LIN), "nobody waits in it");
    assert_eq!(office.handed_back(LIN), [waiting]);
    assert!(office.handed_back(BEN).is_empty());
    office.waits(MINUTE);
    assert_eq!(office.get(waiting).owner_epoch, after.owner_epoch, "once");
}

#[test]
fn a_customer_who_writes_to_somebody_long_gone_waits_for_nobody() {
    let office = Office::new(Handback::Waiting);
    let id = office.given_to(LIN);
    office.answers(LIN, id);
    office.waits(60 * MINUTE);
    assert_eq!(office.get(id).assignee, Some(LIN));
    let (channel, now, customer) = (office.channel, office.clock.now(), office.get(id).customer);
    office.write(move |tx, _| say(tx, now, Actor::Visitor { customer, channel }, None));
    assert_eq!(office.get(id).assignee, Some(LIN), "a message is taken as it comes");
    office.turn();
    assert_eq!(office.get(id).assignee, None);
}

#[test]
fn all_means_also_those_in_which_nobody_waits_but_not_resolved_ones() {
    let office = Office::new(Handback::All);
    let (waiting, answered, resolved) = (office.given_to(LIN), office.given_to(LIN), office.given_to(LIN));
    let others = office.given_to(BEN);
    let _ben = office.comes(BEN, false);
    office.answers(LIN, answered);
    let (now, lin) = (office.clock.now(), Actor::User { id: LIN, role: Role::Agent });
    office.write(move |tx, _| commands::resolve(tx, &Ctx::new(lin, now), resolved));
    office.waits(MINUTE);
    let assignee = |id| office.get(id).assignee;
    assert_eq!([waiting, answered, resolved, others].map(assignee), [None, None, Some(LIN), Some(BEN)]);
}

#[test]
fn off_keeps_everything_and_a_longer_time_is_longer() {
    let office = Office::new(Handback::Off);
    let id = office.given_to(LIN);
    office.waits(100 * MINUTE);
    assert_eq!(office.get(id).assignee, Some(LIN));
    office.set(Handback::Waiting, 7_200);
    office.waits(20 * MINUTE - 1);
    assert_eq!(office.get(id).assignee, Some(LIN));
    office.waits(1);
    assert_eq!(office.get(id).assignee, None);
}

#[test]
fn a_reload_a_second_tab_and_being_away_are_no_absence() {
    let office = Office::new(Handback::All);
    let (reloads, tabs, away) = (office.given_to(LIN), office.given_to(BEN), UserId(3));
    office.write(|tx, ctx| hire(tx, ctx, "Ada"));
    let kept = office.given_to(away);
    let _ada = office.comes(away, true);
    let (first, _second) = (office.comes(BEN, false), office.comes(BEN, false));
    drop(first);
    for _ in 0..20 {
        let page = office.comes(LIN, false);
        office.waits(MINUTE);
        drop(page);
        office.waits(Millis::seconds(9));
    }
    let assignee = |id| office.get(id).assignee;
    assert_eq!([reloads, tabs, kept].map(assignee), [Some(LIN), Some(BEN), Some(away)]);
}

#[test]
fn a_program_at_work_without_a_socket_keeps_its_own() {
    let office = Office::new(Handback::Waiting);
    let id = office.given_to(LIN);
    for _ in 0..5 {
        office.hub.user_acted(LIN);
        office.waits(MINUTE - 1);
    }
    assert_eq!(office.get(id).assignee, Some(LIN));
    office.waits(1);
    assert_eq!(office.get(id).assignee, None);
}

#[test]
fn a_restart_gives_everybody_a_minute_and_forgets_nobody_who_was_gone() {
    let mut office = Office::new(Handback::Waiting);
    let (returns, stays_away) = (office.given_to(LIN), office.given_to(BEN));
    let lin = office.comes(LIN, false);
    office.waits(MINUTE - 1);
    drop(lin);
    office.hub = hub(&office.clock);
    office.waits(MINUTE - 1);
    assert_eq!((office.get(returns).assignee, office.get(stays_away).assignee), (Some(LIN), Some(BEN)));
    let _lin = office.comes(LIN, false);
    office.waits(1);
    assert_eq!((office.get(returns).assignee, office.get(stays_away).assignee), (Some(LIN), None));
}

#[test]
fn a_clock_that_is_set_takes_nothing_from_anybody_and_keeps_nothing_back() {
    let office = Office::new(Handback::Waiting);
    let id = office.given_to(LIN);
    drop(office.comes(LIN, false));
    office.clock.set(Millis(Millis::days(400)));
    office.turn();
    assert_eq!(office.get(id).assignee, Some(LIN), "a year forward");
    office.clock.set(Millis(1));
    office.waits(MINUTE);
    assert_eq!(office.get(id).assignee, None, "and far back");
}

/// "Lin knows about this, she is in tomorrow."
#[test]
fn what_is_given_to_somebody_who_is_gone_waits_for_them() {
    let office = Office::new(Handback::All);
    let ids: Vec<_> = (0..4).map(|_| office.given_to(BEN)).collect();
    let [left, written, read, revoked] = ids[..] else { unreachable!() };
    let now = office.clock.now();
    let ctx = Ctx::new(Actor::User { id: BEN, role: Role::Agent }, now);
    for conversation in ids {
        let (assignee, expected, expected_epoch, entrusted) = (Some(LIN), None, None, true);
        let command = Assign { conversation, assignee, expected, expected_epoch, entrusted };
        office.write(move |tx, _| commands::assign(tx, &ctx, &command));
    }
    office.waits(60 * MINUTE);
    let assignee = |id| office.get(id).assignee;
    assert_eq!([left, written, read, revoked].map(assignee), [Some(LIN); 4]);

    // The customer writes again, and Lin looks at another and goes.
    let (channel, customer) = (office.channel, office.get(written).customer);
    office.write(move |tx, _| say(tx, now, Actor::Visitor { customer, channel }, None));
    let lin = office.comes(LIN, false);
    let mark = commands::Mark { conversation: read, delivered: 2, read: 2 };
    let seen = Ctx::new(Actor::User { id: LIN, role: Role::Agent }, now);
    office.write(move |tx, _| commands::mark(tx, &seen, &mark));
    drop(lin);
    office.waits(60 * MINUTE);
    assert_eq!([left, written, read, revoked].map(assignee), [Some(LIN), None, None, Some(LIN)]);

    // Another owner, another matter.
    office.write(move |tx, _| assign(tx, now, left, Some(BEN)));
    office.turn();
    assert_eq!(assignee(left), None);

    // No longer one of us: nothing waits for them.
    office.write(move |tx, ctx| {
        let change = identity::commands::UpdateUser { active: Some(false), ..Default::default() };
        identity::commands::update_user(tx, ctx, LIN, &change)
    });
    office.turn();
    assert_eq!(assignee(revoked), None);
}

/// Between the look and the hand-back somebody did something.
#[test]
fn nobody_is_overruled_who_was_faster() {
    let office = Office::new(Handback::Waiting);
    let (returned, answered, taken, there_and_back) =
        (office.given_to(LIN), office.given_to(LIN), office.given_to(LIN), office.given_to(LIN));
    office.clock.advance(MINUTE);
    let (due, _) = Turn::new(&office.db, &office.hub, office.clock.now()).look((UserId(0), ChannelId(0))).unwrap();
    assert_eq!(due.len(), 1);
    let seen = office.get(answered).owner_epoch;
    let hand_back = |conversation| {
        let reason = Reason::Unreachable { waiting_only: true };
        office.write(move |tx, ctx| commands::hand_back(tx, ctx, &HandBack { conversation, owner_epoch: seen, reason }))
    };
    office.answers(LIN, answered);
    let now = office.clock.now();
    office.write(move |tx, _| assign(tx, now, taken, Some(BEN)));
    office.write(move |tx, _| {
        assign(tx, now, there_and_back, Some(BEN))?;
        assign(tx, now, there_and_back, Some(LIN))
    });
    assert_eq!([answered, taken, there_and_back].map(hand_back), [false, false, false]);
    let _lin = office.comes(LIN, false);
    Turn::new(&office.db, &office.hub, now).release(due[0]).unwrap();
    let assignee = |id| office.get(id).assignee;
    let all = [returned, answered, taken, there_and_back];
    assert_eq!(all.map(assignee), [Some(LIN), Some(LIN), Some(BEN), Some(LIN)]);
    assert!(hand_back(returned), "nothing else stood in the way");
}

#[test]
fn who_may_no_longer_serve_keeps_nothing_though_they_are_here() {
    let office = Office::new(Handback::Off);
    let (lins, bens) = (office.given_to(LIN), office.given_to(BEN));
    let (_lin, _ben) = (office.comes(LIN, false), office.comes(BEN, false));
    let channel = office.channel;
    office.write(move |tx, ctx| {
        let change =
            channels::commands::UpdateChannel { everyone: Some(false), members: Some(vec![BEN]), ..Default::default() };
        channels::commands::update(tx, ctx, channel, &change)
    });
    office.turn();
    assert_eq!((office.get(lins).assignee, office.get(bens).assignee), (None, Some(BEN)));
    assert_eq!(office.told(lins), (Author::System, Verb::Unassigned, Some(LIN)));
    assert!(office.handed_back(LIN).is_empty(), "what one may not see is no news for one");
    office.write(move |tx, ctx| {
        let change = identity::commands::UpdateUser { active: Some(false), ..Default::default() };
        identity::commands::update_user(tx, ctx, BEN, &change)
    });
    office.turn();
    assert_eq!(office.get(bens).assignee, None);
}

#[test]
fn a_great_many_are_given_back_turn_by_turn_the_longest_waiting_first() {
    let office = Office::new(Handback::Waiting);
    let all: Vec<ConversationId> = (0..300)
        .map(|_| {
            office.clock.advance(1);
            office.given_to(LIN)
        })
        .collect();
    office.waits(MINUTE);
    let free = all.iter().filter(|id| office.get(**id).assignee.is_none()).count();
    assert_eq!(free, 256);
    assert!(all[..256].iter().all(|id| office.get(*id).assignee.is_none()));
    office.turn();
    assert!(all.iter().all(|id| office.get(*id).assignee.is_none()));
}

#[test]
fn every_owner_has_an_epoch_and_a_list_ends_when_somebody_takes_it_on_or_has_seen_it() {
    let office = Office::new(Handback::Waiting);
    let (taken, left) = (office.given_to(LIN), office.given_to(LIN));
    assert_eq!(office.get(taken).owner_epoch, 1);
    office.waits(MINUTE);
    assert_eq!(office.handed_back(LIN).len(), 2);
    office.answers(BEN, taken);
    assert_eq!((office.get(taken).assignee, office.get(taken).owner_epoch), (Some(BEN), 3));
    assert_eq!(office.handed_back(LIN), [left]);
    // Ben lets go of it: that was not taken from Lin.
    let now = office.clock.now();
    office.write(move |tx, _| assign(tx, now, taken, None));
    assert_eq!(office.handed_back(LIN), [left]);
    office
        .write(move |tx, _| commands::see_handed_back(tx, &Ctx::new(Actor::User { id: LIN, role: Role::Agent }, now)));
    assert!(office.handed_back(LIN).is_empty());
}

#[test]
fn nobody_but_the_program_hands_back() {
    let office = Office::new(Handback::Waiting);
    let conversation = office.given_to(LIN);
    let customer: CustomerId = office.get(conversation).customer;
    let (now, channel) = (office.clock.now(), office.channel);
    let actors = [Actor::User { id: BEN, role: Role::Owner }, Actor::Visitor { customer, channel }];
    for actor in actors {
        let reason = Reason::Unreachable { waiting_only: false };
        let command = HandBack { conversation, owner_epoch: 1, reason };
        let refused = office.db.write_blocking(move |tx| commands::hand_back(tx, &Ctx::new(actor, now), &command));
        assert_eq!(refused.unwrap_err().code, "not_found");
    }
    assert_eq!(office.get(conversation).assignee, Some(LIN));
}
