//! All allocations, and what clients ask of them.

use super::credentials::{Credentials, Holder, REALM};
use super::relay::{LIFETIME, Relay};
use crate::media::figures::FIGURES;
use crate::media::moment::{Moment, wall_seconds};
use crate::media::port::{Announced, Outbox, Route};
use crate::media::wire::stun::{Class, Message, Method, Writer, attribute as is};
use crate::media::wire::u16_at;
use crate::media::{CallNo, LegNo};
use std::collections::HashMap;
use std::time::Duration;

/// A browser asks for one for each way and each of its networks, and again at an ICE restart.
const OF_A_LEG_MAX: usize = 16;
const UDP_PROTOCOL: u8 = 17;

pub struct Relays {
    credentials: Credentials,
    announced: Announced,
    relays: HashMap<u64, Relay>,
    by_route: HashMap<Route, u64>,
    last: u64,
    most: usize,
    kbit_max: u32,
}

/// A refusal, as STUN numbers them.
struct Refused(u16, &'static str);

const FORBIDDEN: Refused = Refused(403, "This relay leads to its own server only");
const MALFORMED: Refused = Refused(400, "Bad Request");
const MISMATCH: Refused = Refused(437, "Allocation Mismatch");
const WRONG: Refused = Refused(401, "Unauthorized");
const STALE: Refused = Refused(438, "Stale Nonce");
const FAMILY: Refused = Refused(440, "Address Family not Supported");
const PROTOCOL: Refused = Refused(442, "Unsupported Transport Protocol");
const QUOTA: Refused = Refused(486, "Allocation Quota Reached");
const FULL: Refused = Refused(508, "Insufficient Capacity");

impl Relays {
    pub fn new(credentials: Credentials, announced: Announced, legs: usize, kbit_max: u32) -> Relays {
        let (relays, by_route) = (HashMap::new(), HashMap::new());
        Relays { credentials, announced, relays, by_route, last: 0, most: 4 * legs, kbit_max }
    }

    pub fn len(&self) -> usize {
        self.relays.len()
    }

    pub fn knows(&self, route: Route) -> bool {
        self.by_route.contains_key(&route)
    }

    /// Whose packets come through a relay.
    pub fn holder(&self, no: u64) -> Option<(CallNo, LegNo)> {
        self.relays.get(&no).map(|relay| (relay.holder.call, relay.holder.leg))
    }

    /// A message from a client. Gives what it carries for the media port, if it does.
    pub fn message<'m>(
        &mut self,
        route: Route,
        message: &Message<'m>,
        now: Moment,
        outbox: &mut Outbox,
    ) -> Option<(Route, &'m [u8])> {
        match (message.class, message.method) {
            (Class::Request, Method::Binding) => {
                if let Route::Udp(address, _) = route {
                    let answer = Writer::new(Class::Success, Method::Binding, message.transaction());
                    outbox.put(route, answer.address(is::XOR_MAPPED_ADDRESS, address).fingerprint());
                }
                None
            }
            (Class::Request, _) => {
                self.request(route, message, now, outbox);
                None
            }
            (Class::Indication, Method::Send) => self.indication(route, message, now),
            _ => {
                FIGURES.strange.one();
                None
            }
        }
    }

    fn indication<'m>(&mut self, route: Route, message: &Message<'m>, now: Moment) -> Option<(Route, &'m [u8])> {
        let peer = message.address(is::XOR_PEER_ADDRESS).filter(|peer| self.announced.is_ours(*peer))?;
        let (no, data) = (*self.by_route.get(&route)?, message.get(is::DATA)?);
        let relay = self.relays.get_mut(&no)?;
        relay.peer = Some(peer);
        relay.affords(data.len(), now).then_some((Route::Relay(no), data))
    }

    /// Channel data from a client.
    pub fn channel<'p>(&mut self, route: Route, packet: &'p [u8], now: Moment) -> Option<(Route, &'p [u8])> {
        let (number, length) = (u16_at(packet, 0)?, usize::from(u16_at(packet, 2)?));
        let (no, data) = (*self.by_route.get(&route)?, packet.get(4..4 + length)?);
        let relay = self.relays.get_mut(&no)?;
        relay.peer = Some(relay.channels.peer(number)?);
        relay.affords(length, now).then_some((Route::Relay(no), data))
    }

    /// What the media port answers, as the client wants it.
    pub fn wrap(&mut self, no: u64, packet: &[u8]) -> Option<(Route, Vec<u8>)> {
        let relay = self.relays.get(&no)?;
        let peer = relay.peer?;
        let wrapped = match relay.channels.number(peer) {
            Some(number) => {
                let mut wrapped = Vec::with_capacity(packet.len() + 4);
                wrapped.extend_from_slice(&number.to_be_bytes());
                wrapped.extend_from_slice(&(packet.len() as u16).to_be_bytes());
                wrapped.extend_from_slice(packet);
                wrapped
            }
            None => {
                let transaction = crate::vault::random();
                let message = Writer::new(Class::Indication, Method::Data, transaction);
                message.address(is::XOR_PEER_ADDRESS, peer).put(is::DATA, packet).bytes()
            }
        };
        Some((relay.route, wrapped))
    }

    fn request(&mut self, route: Route, message: &Message<'_>, now: Moment, outbox: &mut Outbox) {
        let (method, transaction) = (message.method, message.transaction());
        let signed = self.signed(message);
        let answer = match &signed {
            Err(refused) => Err(Refused(refused.0, refused.1)),
            Ok((username, holder)) => match method {
                Method::Allocate => self.allocate(route, message, username, *holder, now),
                _ => self.of_relay(route, message, username, now),
            },
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(Refused(code, reason)) => {
                if code == FULL.0 || code == QUOTA.0 {
                    FIGURES.refused.one();
                }
                let failure = Writer::new(Class::Failure, method, transaction).error(code, reason);
                match code == WRONG.0 || code == STALE.0 {
                    true => failure
                        .put(is::REALM, REALM.as_bytes())
                        .put(is::NONCE, self.credentials.nonce(wall_seconds()).as_bytes()),
                    false => failure,
                }
            }
        };
        let answer = match signed {
            Ok((username, _)) => answer.sign(&self.credentials.key(&username)),
            Err(_) => answer,
        };
        outbox.put(route, answer.fingerprint());
    }

    /// Whose request it is.
    fn signed(&self, message: &Message<'_>) -> Result<(String, Holder), Refused> {
        let username = message.text(is::USERNAME).filter(|_| message.is_signed()).ok_or(WRONG)?;
        let (_, holder) = Credentials::read(username).ok_or(WRONG)?;
        if !message.signed_by(&self.credentials.key(username)) {
            return Err(WRONG);
        }
        let nonce = message.text(is::NONCE).unwrap_or_default();
        match self.credentials.is_fresh(nonce, wall_seconds()) {
            true => Ok((username.to_owned(), holder)),
            false => Err(STALE),
        }
    }

    fn allocate(
        &mut self,
        route: Route,
        message: &Message<'_>,
        username: &str,
        holder: Holder,
        now: Moment,
    ) -> Result<Writer, Refused> {
        if Credentials::read(username).is_none_or(|(end, _)| end < wall_seconds()) {
            return Err(WRONG);
        }
        if message.get(is::REQUESTED_TRANSPORT).and_then(|value| value.first()) != Some(&UDP_PROTOCOL) {
            return Err(PROTOCOL);
        }
        let family = message.get(is::REQUESTED_ADDRESS_FAMILY).and_then(|value| value.first()).copied().unwrap_or(1);
        let address = self.announced.relayed(self.last + 1, family == 1).ok_or(FAMILY)?;
        if self.knows(route) {
            return Err(MISMATCH);
        }
        if self.relays.values().filter(|relay| relay.holder == holder).count() >= OF_A_LEG_MAX {
            return Err(QUOTA);
        }
        if self.relays.len() >= self.most {
            return Err(FULL);
        }
        self.last += 1;
        let relay = Relay::new(route, holder, username.to_owned(), now, self.kbit_max);
        self.relays.insert(self.last, relay);
        self.by_route.insert(route, self.last);
        let answer = Writer::new(Class::Success, Method::Allocate, message.transaction())
            .address(is::XOR_RELAYED_ADDRESS, address)
            .put(is::LIFETIME, &(LIFETIME.as_secs() as u32).to_be_bytes());
        Ok(match route {
            Route::Udp(client, _) => answer.address(is::XOR_MAPPED_ADDRESS, client),
            // What a stream's client looks like from here is of no use to it; the attribute must be there.
            _ => answer.address(is::XOR_MAPPED_ADDRESS, address),
        })
    }

    /// A request about a relay that is there. Its credential may be over: a call outlasts ten minutes.
    fn of_relay(
        &mut self,
        route: Route,
        message: &Message<'_>,
        username: &str,
        now: Moment,
    ) -> Result<Writer, Refused> {
        let no = *self.by_route.get(&route).ok_or(MISMATCH)?;
        let relay = self.relays.get_mut(&no).filter(|relay| relay.username == username).ok_or(MISMATCH)?;
        let answer = Writer::new(Class::Success, message.method, message.transaction());
        match message.method {
            Method::Refresh => {
                let asked = message.number(is::LIFETIME).map(u64::from).unwrap_or(LIFETIME.as_secs());
                let lifetime = Duration::from_secs(asked).min(LIFETIME);
                relay.ends = now.plus(lifetime);
                if lifetime.is_zero() {
                    self.remove(no);
                }
                Ok(answer.put(is::LIFETIME, &(lifetime.as_secs() as u32).to_be_bytes()))
            }
            Method::CreatePermission => {
                let peer = message.address(is::XOR_PEER_ADDRESS).ok_or(MALFORMED)?;
                if self.announced.is_our_host(peer.ip()) { Ok(answer) } else { Err(FORBIDDEN) }
            }
            Method::ChannelBind => {
                let peer = message.address(is::XOR_PEER_ADDRESS).ok_or(MALFORMED)?;
                let number = message.get(is::CHANNEL_NUMBER).and_then(|value| u16_at(value, 0)).ok_or(MALFORMED)?;
                if !self.announced.is_ours(peer) {
                    return Err(FORBIDDEN);
                }
                if relay.channels.bind(number, peer) { Ok(answer) } else { Err(MALFORMED) }
            }
            _ => Err(MALFORMED),
        }
    }

    pub fn tick(&mut self, now: Moment) {
        let over: Vec<u64> = self.relays.iter().filter(|(_, relay)| relay.ends <= now).map(|(no, _)| *no).collect();
        over.into_iter().for_each(|no| self.remove(no));
    }

    pub fn route_gone(&mut self, route: Route) {
        if let Some(no) = self.by_route.get(&route).copied() {
            self.remove(no);
        }
    }

    /// Of a leg that left, or of a whole call.
    pub fn forget(&mut self, call: CallNo, leg: Option<LegNo>) {
        let theirs = |relay: &Relay| relay.holder.call == call && leg.is_none_or(|leg| relay.holder.leg == leg);
        let over: Vec<u64> = self.relays.iter().filter(|(_, relay)| theirs(relay)).map(|(no, _)| *no).collect();
        over.into_iter().for_each(|no| self.remove(no));
    }

    fn remove(&mut self, no: u64) {
        if let Some(relay) = self.relays.remove(&no) {
            self.by_route.remove(&relay.route);
        }
    }
}
