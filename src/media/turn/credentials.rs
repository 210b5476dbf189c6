//! Who may use the relay: `<end>:<call>:<leg>`, with a password that only we can have made (the "REST API" scheme of
//! draft-uberti-behave-turn-rest). Nothing is stored, and a restart ends them all.

use crate::media::moment::wall_seconds;
use crate::media::port::Announced;
use crate::media::{CallNo, LegNo};
use crate::vault::random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md5::{Digest, Md5};
use ring::hmac;
use std::sync::Arc;

/// In this time a page must have begun; what it has begun may go on for as long as the leg is there.
const GOOD_SECONDS: u64 = 600;
pub const REALM: &str = "parlor";

/// What a page's `RTCPeerConnection` is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

#[derive(Clone)]
pub struct Credentials {
    secret: Arc<hmac::Key>,
    urls: Arc<[String]>,
}

/// Of whom a credential speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Holder {
    pub call: CallNo,
    pub leg: LegNo,
}

impl Credentials {
    pub fn new(announced: &Announced) -> Credentials {
        let first = |addresses: &[std::net::SocketAddr]| addresses.first().copied();
        let mut urls = Vec::new();
        urls.extend(first(&announced.udp).map(|at| format!("turn:{at}?transport=udp")));
        urls.extend(first(&announced.tcp).map(|at| format!("turn:{at}?transport=tcp")));
        urls.extend(announced.tls.as_ref().map(|(name, port)| format!("turns:{name}:{port}?transport=tcp")));
        let secret = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()));
        Credentials { secret, urls: urls.into() }
    }

    pub fn issue(&self, call: CallNo, leg: LegNo) -> IceServer {
        let username = format!("{}:{call}:{leg}", wall_seconds() + GOOD_SECONDS);
        let credential = self.password(&username);
        IceServer { urls: self.urls.to_vec(), username, credential }
    }

    fn password(&self, username: &str) -> String {
        STANDARD_NO_PAD.encode(hmac::sign(&self.secret, username.as_bytes()).as_ref())
    }

    /// Whom a user name speaks of, and until when in seconds since 1970. Says nothing about whether it is genuine.
    pub fn read(username: &str) -> Option<(u64, Holder)> {
        let mut parts = username.split(':');
        let (end, call, leg) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some((end, Holder { call, leg }))
    }

    /// What its messages are signed with, as TURN wants it.
    pub fn key(&self, username: &str) -> [u8; 16] {
        Md5::digest(format!("{username}:{REALM}:{}", self.password(username))).into()
    }

    /// Proves that we asked at that second, so that an old message cannot be sent again for ever.
    pub fn nonce(&self, seconds: u64) -> String {
        let tag = hmac::sign(&self.secret, format!("nonce {seconds}").as_bytes());
        format!("{seconds:x}-{}", STANDARD_NO_PAD.encode(&tag.as_ref()[..12]))
    }

    pub fn is_fresh(&self, nonce: &str, now: u64) -> bool {
        let asked = nonce.split('-').next().and_then(|hex| u64::from_str_radix(hex, 16).ok());
        asked.is_some_and(|at| {
            at <= now
                && now - at < 3_600
                && subtle::ConstantTimeEq::ct_eq(self.nonce(at).as_bytes(), nonce.as_bytes()).into()
        })
    }
}
