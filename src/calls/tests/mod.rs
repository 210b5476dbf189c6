//! What becomes of calls, with the time and the lines in our hands.

mod breaking;
mod consent;
mod ringing;
mod several;

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
