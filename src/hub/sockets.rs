//! The connected sockets and the fan-out to them.

use super::agents::{AgentSocket, Agents};
use super::looking::{Lookers, Spot};
use super::presence::{Attendance, Change};
use super::queue::{self, Sender};
use super::{Announcement, Audience, Closed, Feeds, Frame, Presence, Queue};
use crate::bus::Batch;
use crate::kernel::{ChannelId, Clock, ConversationId, CustomerId, Published, UserId};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The one kind of frame that a slow socket may miss: it is said again three seconds later.
const TYPING: &str = "typing";
/// How often presence leases are looked at.
const TURN: Duration = Duration::from_secs(1);

/// Which channels' conversations an agent may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Visibility {
    Everything,
    Channels(HashSet<ChannelId>),
}

impl Visibility {
    pub fn sees(&self, channel: ChannelId) -> bool {
        match self {
            Visibility::Everything => true,
            Visibility::Channels(channels) => channels.contains(&channel),
        }
    }
}

/// Who listens at a socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Listener {
    Agent {
        user: UserId,
        visibility: Visibility,
        away: bool,
        /// Hash of the session or token that opened the socket.
        session: [u8; 32],
    },
    Customer {
        customer: CustomerId,
        channel: ChannelId,
    },
}

impl Listener {
    /// Whether somebody with these rights hears an announcement, and which body.
    pub fn hears<'a>(
        &self,
        audience: Audience,
        agents: Option<&'a str>,
        customer: Option<&'a (CustomerId, String)>,
    ) -> Option<&'a str> {
        match self {
            Listener::Agent { user, visibility, .. } => agents.filter(|_| match audience {
                Audience::AllAgents => true,
                Audience::Channel(channel) => visibility.sees(channel),
                Audience::User(one) => one == *user,
            }),
            Listener::Customer { customer: me, .. } => {
                customer.filter(|(them, _)| them == me).map(|(_, body)| body.as_str())
            }
        }
    }
}

#[derive(Default)]
struct Sockets {
    agents: Agents,
    customers: HashMap<CustomerId, Vec<(u64, Sender)>>,
}

impl Sockets {
    fn senders(&self) -> impl Iterator<Item = &Sender> {
        let customers = self.customers.values().flatten().map(|(_, sender)| sender);
        self.agents.all().map(|socket| &socket.sender).chain(customers)
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    epoch: String,
    feeds: Feeds,
    clock: Clock,
    sockets: RwLock<Sockets>,
    attendance: Mutex<Attendance>,
    lookers: Mutex<Lookers>,
    next_socket: AtomicU64,
}

/// Somebody who listens.
pub struct Subscription {
    pub place: Place,
    pub queue: Queue,
}

/// Where somebody stands in the hub; dropping it leaves.
pub struct Place {
    hub: Hub,
    id: u64,
    listener: Listener,
}

impl Place {
    /// Different for each socket.
    pub fn number(&self) -> u64 {
        self.id
    }
}

impl Hub {
    pub fn new(epoch: String, feeds: Feeds, clock: Clock) -> Hub {
        Hub(Arc::new(Inner {
            epoch,
            feeds,
            attendance: Mutex::new(Attendance::new(clock.steady())),
            lookers: Mutex::default(),
            clock,
            sockets: RwLock::default(),
            next_socket: AtomicU64::new(1),
        }))
    }

    /// Starts the thread that tells what the bus brings. It ends with the bus.
    pub fn start(&self, events: Receiver<Batch>) -> std::io::Result<()> {
        let hub = self.clone();
        std::thread::Builder::new().name("hub".into()).spawn(move || {
            let mut expired_at = hub.0.clock.steady();
            loop {
                match events.recv_timeout(TURN) {
                    Ok(batch) => batch.iter().for_each(|published| hub.tell_guarded(published)),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                if hub.0.clock.steady().since(expired_at) >= TURN.as_millis() as i64 {
                    expired_at = hub.0.clock.steady();
                    hub.expire();
                }
            }
        })?;
        Ok(())
    }

    pub fn feeds(&self) -> &Feeds {
        &self.0.feeds
    }

    pub fn epoch(&self) -> &str {
        &self.0.epoch
    }

    pub fn cursor(&self, position: i64) -> String {
        format!("{}-{position}", self.0.epoch)
    }

    /// The position of a cursor of this store's life; `None` for one from before a restore, or nonsense.
    pub fn position_of(&self, cursor: &str) -> Option<i64> {
        let (epoch, position) = cursor.rsplit_once('-')?;
        (epoch == self.0.epoch).then(|| position.parse().ok()).flatten().filter(|position| *position >= 0)
    }

    pub fn frame(&self, kind: &str, position: i64, body: &str) -> Frame {
        let inner = body.strip_prefix('{').unwrap_or(body);
        let comma = if inner == "}" { "" } else { "," };
        let cursor = self.cursor(position);
        let text = format!(r#"{{"type":"{kind}","cursor":"{cursor}","position":{position}{comma}{inner}"#);
        Frame { position, text: text.into(), lossy: false }
    }

    pub fn subscribe(&self, listener: Listener) -> Subscription {
        let (sender, queue) = queue::queue();
        let id = self.0.next_socket.fetch_add(1, Ordering::Relaxed);
        // Told while the lock is held: two changes must not overtake one another on the way out.
        let mut attendance = self.0.attendance.lock();
        let change = match &listener {
            Listener::Agent { user, visibility, away, session } => {
                let socket = AgentSocket { id, user: *user, session: *session, sender };
                self.0.sockets.write().agents.add(socket, visibility);
                attendance.user_came(*user, *away)
            }
            Listener::Customer { customer, channel } => {
                self.0.sockets.write().customers.entry(*customer).or_default().push((id, sender));
                attendance.customer_came(*customer, *channel)
            }
        };
        self.tell_presence(change);
        drop(attendance);
        Subscription { place: Place { hub: self.clone(), id, listener }, queue }
    }

    /// Says something that is not stored: typing. `kind` becomes the frame's type.
    pub fn tell(&self, kind: &str, audience: Audience, agents: Option<&str>, customer: Option<(CustomerId, String)>) {
        self.say(kind, kind == TYPING, audience, agents, customer);
    }

    /// Likewise, of something that is over in a moment: a socket that is behind may miss it.
    pub fn tell_passing(
        &self,
        kind: &str,
        audience: Audience,
        agents: Option<&str>,
        customer: Option<(CustomerId, String)>,
    ) {
        self.say(kind, true, audience, agents, customer);
    }

    fn say(
        &self,
        kind: &str,
        lossy: bool,
        audience: Audience,
        agents: Option<&str>,
        customer: Option<(CustomerId, String)>,
    ) {
        let frame = |body: &str| passing_frame(kind, lossy, body);
        self.deliver(audience, agents.map(frame), customer.map(|(who, body)| (who, frame(&body))));
    }

    /// The same to every visitor of a channel. What is said so must change seldom: it costs a frame for each of them.
    pub fn tell_visitors(&self, kind: &str, channel: ChannelId, body: &str) {
        let frame = passing_frame(kind, false, body);
        // Presence first, as everywhere: whoever comes meanwhile asks for themselves.
        let customers: Vec<CustomerId> = self.0.attendance.lock().customers_of(channel).collect();
        let sockets = self.0.sockets.read();
        for (_, sender) in customers.iter().filter_map(|customer| sockets.customers.get(customer)).flatten() {
            sender.push(frame.clone());
        }
    }

    /// Somebody is about to say what they look at: the ticket to say it with.
    pub fn begin_look(&self, place: u64) -> u64 {
        self.0.lookers.lock().begin(place)
    }

    /// They look at this conversation of this channel, or at none. Whoever may see it hears who is there now, they too.
    pub fn look(&self, place: u64, ticket: u64, user: UserId, at: Option<(ConversationId, ChannelId)>) {
        let mut lookers = self.0.lookers.lock();
        for spot in lookers.look(place, ticket, user, at) {
            self.tell_lookers(&lookers, spot);
        }
    }

    fn tell_lookers(&self, lookers: &Lookers, (conversation, channel): Spot) {
        let users: Vec<String> = lookers.at(conversation).iter().map(|user| format!(r#""{user}""#)).collect();
        let body = format!(r#"{{"conversation":"{conversation}","users":[{}]}}"#, users.join(","));
        self.tell("looking", Audience::Channel(channel), Some(&body), None);
    }

    pub fn user_presence(&self, user: UserId) -> Presence {
        self.0.attendance.lock().user(user)
    }

    /// Those who are here and have not chosen to be away.
    pub fn users_online(&self) -> Vec<UserId> {
        let present = self.users_present().into_iter();
        present.filter(|(_, presence)| *presence == Presence::Online).map(|(user, _)| user).collect()
    }

    pub fn users_present(&self) -> Vec<(UserId, Presence)> {
        self.0.attendance.lock().users()
    }

    pub fn customer_online(&self, customer: CustomerId) -> bool {
        self.0.attendance.lock().customer(customer)
    }

    /// For how long nothing was seen of this person; `None` while they are here.
    pub fn user_absent_ms(&self, user: UserId) -> Option<i64> {
        self.0.attendance.lock().user_absent_ms(user, self.0.clock.steady())
    }

    /// Somebody did something, perhaps without a socket.
    pub fn user_acted(&self, user: UserId) {
        self.0.attendance.lock().user_acted(user, self.0.clock.steady());
    }

    pub fn set_away(&self, user: UserId, away: bool) {
        let mut attendance = self.0.attendance.lock();
        let change = attendance.user_chose(user, away);
        self.tell_presence(change);
    }

    /// Frames that wait in all queues, and in the longest.
    pub(super) fn queues(&self) -> (usize, usize) {
        let sockets = self.0.sockets.read();
        sockets.senders().map(Sender::waiting).fold((0, 0), |(sum, most), n| (sum + n, most.max(n)))
    }

    /// Closes every socket: the server stops.
    pub fn close_all(&self, reason: Closed) {
        self.0.sockets.read().senders().for_each(|sender| sender.close(reason));
    }

    /// A feed that panics must not silence everybody: its event is told by the replay that everybody then asks for.
    fn tell_guarded(&self, published: &Published) {
        if catch_unwind(AssertUnwindSafe(|| self.tell_event(published))).is_err() {
            tracing::error!(kind = published.event.kind(), "an event could not be told; everybody starts over");
            self.close_all(Closed::RESUME);
        }
    }

    fn tell_event(&self, published: &Published) {
        let kind = published.event.kind();
        let Some(feed) = self.0.feeds.find(kind) else { return };
        match (feed.live)(published) {
            Announcement::Nothing => {}
            Announcement::Tell { audience, agents, customer } => {
                let frame = |body: &str| self.frame(kind, published.position, body);
                let customer = customer.map(|(who, body)| (who, frame(&body)));
                self.deliver(audience, agents.as_deref().map(frame), customer);
            }
            Announcement::AccessChanged { user } => {
                self.close_agents(Closed::RESUME, |them, _| user.is_none_or(|user| user == them));
            }
            Announcement::SignedOut { user, keep, only } => self.close_agents(Closed::SIGNED_OUT, |them, session| {
                them == user && keep.as_ref() != Some(session) && only.as_ref().is_none_or(|only| only == session)
            }),
        }
    }

    fn deliver(&self, audience: Audience, agents: Option<Frame>, customer: Option<(CustomerId, Frame)>) {
        let sockets = self.0.sockets.read();
        if let Some(frame) = agents {
            sockets.agents.hearing(audience).for_each(|socket| socket.sender.push(frame.clone()));
        }
        if let Some((customer, frame)) = customer {
            for (_, sender) in sockets.customers.get(&customer).into_iter().flatten() {
                sender.push(frame.clone());
            }
        }
    }

    fn close_agents(&self, reason: Closed, which: impl Fn(UserId, &[u8; 32]) -> bool) {
        let sockets = self.0.sockets.read();
        let those = sockets.agents.all().filter(|socket| which(socket.user, &socket.session));
        those.for_each(|socket| socket.sender.close(reason));
    }

    fn expire(&self) {
        let mut attendance = self.0.attendance.lock();
        let changes = attendance.expire(self.0.clock.steady());
        changes.into_iter().for_each(|change| self.tell_presence(Some(change)));
    }

    fn tell_presence(&self, change: Option<Change>) {
        let (audience, body) = match change {
            None => return,
            Some(Change::User(user, presence)) => {
                (Audience::AllAgents, format!(r#"{{"user":"{user}","presence":"{}"}}"#, presence.as_str()))
            }
            Some(Change::Customer(customer, channel, online)) => {
                (Audience::Channel(channel), format!(r#"{{"customer":"{customer}","online":{online}}}"#))
            }
        };
        self.tell("presence", audience, Some(&body), None);
    }
}

/// Of something that is not stored.
fn passing_frame(kind: &str, lossy: bool, body: &str) -> Frame {
    let inner = body.strip_prefix('{').unwrap_or(body);
    Frame { position: 0, text: format!(r#"{{"type":"{kind}",{inner}"#).into(), lossy }
}

impl Drop for Place {
    fn drop(&mut self) {
        let inner = &self.hub.0;
        let now = inner.clock.steady();
        match &self.listener {
            Listener::Agent { user, visibility, .. } => {
                inner.sockets.write().agents.remove(self.id, *user, visibility);
                let mut lookers = inner.lookers.lock();
                if let Some(spot) = lookers.left(self.id) {
                    self.hub.tell_lookers(&lookers, spot);
                }
                drop(lookers);
                inner.attendance.lock().user_left(*user, now);
            }
            Listener::Customer { customer, .. } => {
                let mut sockets = inner.sockets.write();
                if let Some(theirs) = sockets.customers.get_mut(customer) {
                    theirs.retain(|(id, _)| *id != self.id);
                    if theirs.is_empty() {
                        sockets.customers.remove(customer);
                    }
                }
                drop(sockets);
                inner.attendance.lock().customer_left(*customer, now);
            }
        }
    }
}
