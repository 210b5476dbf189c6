//! STUN messages (RFC 8489), as far as ICE and TURN need them.

use super::{u16_at, u32_at};
use ring::hmac;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub const COOKIE: u32 = 0x2112_A442;
const COOKIE_BYTES: [u8; 4] = COOKIE.to_be_bytes();
const HEADER: usize = 20;
const FINGERPRINT_XOR: u32 = 0x5354_554E;

pub type TransactionId = [u8; 12];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Request,
    Indication,
    Success,
    Failure,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Binding,
    Allocate,
    Refresh,
    Send,
    Data,
    CreatePermission,
    ChannelBind,
}

const METHODS: [(Method, u16); 7] = [
    (Method::Binding, 1),
    (Method::Allocate, 3),
    (Method::Refresh, 4),
    (Method::Send, 6),
    (Method::Data, 7),
    (Method::CreatePermission, 8),
    (Method::ChannelBind, 9),
];

pub mod attribute {
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const CHANNEL_NUMBER: u16 = 0x000C;
    pub const LIFETIME: u16 = 0x000D;
    pub const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub const DATA: u16 = 0x0013;
    pub const REALM: u16 = 0x0014;
    pub const NONCE: u16 = 0x0015;
    pub const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub const PRIORITY: u16 = 0x0024;
    pub const USE_CANDIDATE: u16 = 0x0025;
    pub const FINGERPRINT: u16 = 0x8028;
    pub const ICE_CONTROLLING: u16 = 0x802A;
}

/// A message whose lengths are sound; borrowed from its datagram.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    pub class: Class,
    pub method: Method,
}

impl<'a> Message<'a> {
    pub fn parse(bytes: &'a [u8]) -> Option<Message<'a>> {
        let (kind, length) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        let whole = bytes.len() == HEADER + usize::from(length) && length.is_multiple_of(4);
        if kind & 0xC000 != 0 || u32_at(bytes, 4)? != COOKIE || !whole {
            return None;
        }
        let method = (kind & 0x000F) | ((kind & 0x00E0) >> 1) | ((kind & 0x3E00) >> 2);
        let method = METHODS.iter().find(|(_, number)| *number == method)?.0;
        let class = match (kind & 0x0100 != 0, kind & 0x0010 != 0) {
            (false, false) => Class::Request,
            (false, true) => Class::Indication,
            (true, false) => Class::Success,
            (true, true) => Class::Failure,
        };
        let message = Message { bytes, class, method };
        message.sound().then_some(message)
    }

    /// Every attribute ends within the message.
    fn sound(&self) -> bool {
        let mut at = HEADER;
        while at < self.bytes.len() {
            let Some(length) = u16_at(self.bytes, at + 2) else { return false };
            at += 4 + usize::from(length).next_multiple_of(4);
        }
        at == self.bytes.len()
    }

    pub fn transaction(&self) -> TransactionId {
        self.bytes[8..HEADER].try_into().unwrap_or_default()
    }

    /// Type, where it begins, value.
    fn attributes(&self) -> impl Iterator<Item = (u16, usize, &'a [u8])> {
        let bytes = self.bytes;
        let mut at = HEADER;
        std::iter::from_fn(move || {
            let (kind, length) = (u16_at(bytes, at)?, usize::from(u16_at(bytes, at + 2)?));
            let (begin, value) = (at, bytes.get(at + 4..at + 4 + length)?);
            at += 4 + length.next_multiple_of(4);
            Some((kind, begin, value))
        })
    }

    /// The first of its kind. What follows MESSAGE-INTEGRITY is not covered by it and does not count.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.attributes()
            .take_while(|(k, ..)| *k != attribute::MESSAGE_INTEGRITY)
            .find(|(k, ..)| *k == kind)
            .map(|a| a.2)
    }

    pub fn text(&self, kind: u16) -> Option<&'a str> {
        std::str::from_utf8(self.get(kind)?).ok()
    }

    pub fn number(&self, kind: u16) -> Option<u32> {
        u32_at(self.get(kind)?, 0)
    }

    pub fn address(&self, kind: u16) -> Option<SocketAddr> {
        let value = self.get(kind)?;
        let port = u16_at(value, 2)? ^ (COOKIE >> 16) as u16;
        let ip: IpAddr = match (value.get(1)?, value.get(4..)?) {
            (1, ip) => Ipv4Addr::from(u32_at(ip, 0)? ^ COOKIE).into(),
            (2, ip) => {
                let mut ip: [u8; 16] = ip.get(..16)?.try_into().ok()?;
                ip.iter_mut()
                    .zip(COOKIE_BYTES.iter().chain(&self.transaction()))
                    .for_each(|(byte, mask)| *byte ^= mask);
                Ipv6Addr::from(ip).into()
            }
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// Signed with this key.
    pub fn signed_by(&self, key: &[u8]) -> bool {
        let Some((_, at, given)) = self.attributes().find(|(k, ..)| *k == attribute::MESSAGE_INTEGRITY) else {
            return false;
        };
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
        let mut context = hmac::Context::with_key(&key);
        context.update(&self.bytes[..2]);
        context.update(&((at + 24 - HEADER) as u16).to_be_bytes());
        context.update(&self.bytes[4..at]);
        subtle::ConstantTimeEq::ct_eq(context.sign().as_ref(), given).into()
    }

    pub fn is_signed(&self) -> bool {
        self.attributes().any(|(k, ..)| k == attribute::MESSAGE_INTEGRITY)
    }
}

/// A message being written.
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn new(class: Class, method: Method, transaction: TransactionId) -> Writer {
        let number = METHODS.iter().find(|(m, _)| *m == method).map_or(0, |(_, number)| *number);
        let class = match class {
            Class::Request => 0,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Failure => 0x0110,
        };
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&(number | class).to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&COOKIE_BYTES);
        bytes.extend_from_slice(&transaction);
        Writer { bytes }
    }

    pub fn put(mut self, kind: u16, value: &[u8]) -> Writer {
        self.bytes.extend_from_slice(&kind.to_be_bytes());
        self.bytes.extend_from_slice(&(value.len() as u16).to_be_bytes());
        self.bytes.extend_from_slice(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.measure(0);
        self
    }

    pub fn address(self, kind: u16, address: SocketAddr) -> Writer {
        let port = address.port() ^ (COOKIE >> 16) as u16;
        let mut value = vec![0, if address.is_ipv4() { 1 } else { 2 }];
        value.extend_from_slice(&port.to_be_bytes());
        match address.ip() {
            IpAddr::V4(ip) => value.extend_from_slice(&(u32::from(ip) ^ COOKIE).to_be_bytes()),
            IpAddr::V6(ip) => {
                value.extend(ip.octets().iter().zip(&self.bytes[4..HEADER]).map(|(byte, mask)| byte ^ mask))
            }
        }
        self.put(kind, &value)
    }

    pub fn error(self, code: u16, reason: &str) -> Writer {
        let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
        value.extend_from_slice(reason.as_bytes());
        self.put(attribute::ERROR_CODE, &value)
    }

    pub fn sign(mut self, key: &[u8]) -> Writer {
        self.measure(24);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
        let tag = hmac::sign(&key, &self.bytes);
        self.put(attribute::MESSAGE_INTEGRITY, tag.as_ref())
    }

    pub fn fingerprint(mut self) -> Vec<u8> {
        self.measure(8);
        let sum = crc32fast::hash(&self.bytes) ^ FINGERPRINT_XOR;
        self.put(attribute::FINGERPRINT, &sum.to_be_bytes()).bytes
    }

    pub fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The length field, with what is still to come.
    fn measure(&mut self, more: usize) {
        let length = (self.bytes.len() - HEADER + more) as u16;
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }
}
