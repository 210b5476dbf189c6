//! The forwarder: calls, their legs, and who is shown whose packets.

mod forward;
mod gaps;
mod hello;
mod ice;
mod leg;
mod ordered;
mod orders;
mod secure;
mod slot;
mod ticks;
mod track;

pub use ice::Pass;
pub use secure::{Identity, Secure, Step};

use super::figures::FIGURES;
use super::moment::{Moment, Watch};
use super::port::{Announced, Outbox, Route};
use super::quality::Board;
use super::wire::stun::Message;
use super::{CallNo, LegNo, Settings, Shown, Tap, Told, TrackKind};
use crate::kernel::Clock;
use crossbeam_channel::Sender;
use leg::{Leg, State};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub type LegKey = (CallNo, LegNo);

#[derive(Default)]
struct Call {
    /// Whom each leg is shown, as it was last ordered; also of legs that are not here yet.
    shown: HashMap<LegNo, Vec<Shown>>,
    tap: Option<Arc<dyn Tap>>,
}

pub struct Sfu {
    watch: Watch,
    clock: Clock,
    identity: Identity,
    fingerprint: String,
    announced: Announced,
    told: Sender<Told>,
    qualities: Board,
    calls_max: usize,
    legs_max: usize,
    kbit_max: u32,
    calls: HashMap<CallNo, Call>,
    legs: HashMap<LegKey, Leg>,
    routes: HashMap<Route, LegKey>,
    ufrags: HashMap<String, LegKey>,
    ticks: u64,
}

impl Sfu {
    pub fn new(
        watch: Watch,
        settings: &Settings,
        announced: Announced,
        told: Sender<Told>,
        qualities: Board,
    ) -> io::Result<Sfu> {
        let identity = Identity::make()?;
        Ok(Sfu {
            watch,
            clock: Clock::system(),
            fingerprint: identity.text(),
            identity,
            announced,
            told,
            qualities,
            calls_max: settings.calls_max,
            legs_max: settings.legs_max,
            kbit_max: settings.kbit_max,
            calls: HashMap::new(),
            legs: HashMap::new(),
            routes: HashMap::new(),
            ufrags: HashMap::new(),
            ticks: 0,
        })
    }

    pub fn is_idle(&self) -> bool {
        self.legs.is_empty()
    }

    pub fn knows(&self, route: Route) -> bool {
        self.routes.contains_key(&route)
    }

    pub fn route_gone(&mut self, route: Route) {
        if let Some(leg) = self.routes.remove(&route).and_then(|key| self.legs.get_mut(&key)) {
            leg.routes.retain(|known| *known != route);
            if leg.route == Some(route) {
                leg.route = leg.routes.last().copied();
            }
        }
    }

    /// A check of ICE. `only`: whom the relay it came through was given to.
    pub fn check(
        &mut self,
        route: Route,
        only: Option<LegKey>,
        message: &Message<'_>,
        now: Moment,
        outbox: &mut Outbox,
    ) {
        let key = ice::local_ufrag(message).and_then(|ufrag| self.ufrags.get(ufrag)).copied();
        let Some(key) = key.filter(|key| only.is_none_or(|only| only == *key)) else { return FIGURES.strange.one() };
        let Some(leg) = self.legs.get_mut(&key) else { return };
        let Some(check) = leg.ice.check(message, seen(&self.announced, route)) else { return FIGURES.strange.one() };
        leg.heard = now;
        outbox.put(route, check.answer);
        if message
            .text(super::wire::stun::attribute::USERNAME)
            .is_some_and(|name| name.starts_with(&leg.ice.pass.ufrag))
            && let Some(former) = leg.ice.former.take()
        {
            self.ufrags.remove(&former.ufrag);
        }
        let before = self.routes.insert(route, key);
        if before != Some(key)
            && let Some(old) = leg.add_route(route)
        {
            self.routes.remove(&old);
        }
        // Keys in use follow the packets (`rtp`): only they show which way the browser really takes.
        if leg.route.is_none() || (check.chosen && !leg.secure.is_ready()) {
            leg.route = Some(route);
        }
        self.back(key);
        // The same address, given anew by the network to another browser.
        if let Some(other) = before.filter(|before| *before != key).and_then(|before| self.legs.get_mut(&before)) {
            other.routes.retain(|known| *known != route);
            other.route = other.route.filter(|used| *used != route);
        }
    }

    pub fn dtls(&mut self, route: Route, bytes: &[u8], now: Moment, outbox: &mut Outbox) {
        let Some(key) = self.routes.get(&route).copied() else { return FIGURES.strange.one() };
        let Some(leg) = self.legs.get_mut(&key) else { return };
        if !leg.secure.is_ready() {
            leg.route = Some(route);
        }
        let step = leg.secure.datagram(bytes, self.watch.instant(now));
        leg.send_secure(self.watch, now, outbox);
        match step {
            Step::Nothing => {}
            Step::Ready => {
                leg.state = State::Up;
                leg.heard = now;
                self.tell(Told::Connected { call: key.0, leg: key.1 });
                self.want_key_frames(key);
                self.hurry(key.0, now, outbox);
            }
            Step::Over => {
                self.end(key, now);
                self.tell(Told::Lost { call: key.0, leg: key.1 });
            }
        }
    }

    /// It is heard of again.
    fn back(&mut self, key: LegKey) {
        if let Some(leg) = self.legs.get_mut(&key)
            && leg.state == State::Interrupted
        {
            leg.state = State::Up;
            self.tell(Told::Connected { call: key.0, leg: key.1 });
        }
    }

    fn tell(&self, told: Told) {
        if self.told.try_send(told).is_err() {
            FIGURES.dropped.one();
            tracing::warn!(?told, "media: nobody listens to what happens in calls");
        }
    }

    /// Every picture that this leg is shown begins as soon as it can. Not before the leg can see: the frame would be for nobody,
    /// and the next one late for it.
    fn want_key_frames(&mut self, viewer: LegKey) {
        let Some(leg) = self.legs.get_mut(&viewer).filter(|leg| leg.state != State::Connecting) else { return };
        let waiting = leg.slots().filter(|slot| slot.waits()).filter_map(|slot| slot.source);
        for source in waiting.collect::<Vec<_>>() {
            if let Some(track) = self.legs.get_mut(&(viewer.0, source.leg)).and_then(|leg| leg.track(source.kind)) {
                track.want_key_frame();
            }
        }
    }

    /// Asks for key frames now and not at the next tick.
    fn hurry(&mut self, call: CallNo, now: Moment, outbox: &mut Outbox) {
        self.legs.iter_mut().filter(|(key, _)| key.0 == call).for_each(|(_, leg)| leg.ask_again(now, outbox));
    }

    fn publishing(&self, key: LegKey, kind: TrackKind, active: bool) {
        self.tell(Told::Publishing { call: key.0, leg: key.1, kind, active });
    }
}

/// What an answer says of where a check came from. Through a relay it is the relay's name, or the browser takes the way for another one;
/// through a stream there is nothing that would help it.
fn seen(announced: &Announced, route: Route) -> SocketAddr {
    let nothing = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9));
    match route {
        Route::Udp(address, _) => address,
        Route::Relay(no) => announced.relayed(no, announced.udp[0].is_ipv4()).unwrap_or(nothing),
        Route::Stream(_) => nothing,
    }
}
