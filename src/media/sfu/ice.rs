//! The passive half of ICE (RFC 8445, "lite"): the browser tries the ways, we answer those who know the password.

use crate::media::wire::stun::{Class, Message, Writer, attribute as is};
use crate::vault::random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::net::SocketAddr;

/// One pair of name and password; an ICE restart makes another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pass {
    pub ufrag: String,
    pub password: String,
}

impl Pass {
    pub fn random() -> Pass {
        let base64 = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        Pass { ufrag: base64(&random::<9>()), password: base64(&random::<24>()) }
    }
}

pub struct Ice {
    pub pass: Pass,
    /// Good until the first check with the new one: a restart that is never carried out must not end a call.
    pub former: Option<Pass>,
    /// The browser's, by which a repeated offer is told from a restart.
    pub remote_ufrag: String,
}

/// A check that was signed rightly.
pub struct Check {
    /// The browser chose this way.
    pub chosen: bool,
    pub answer: Vec<u8>,
}

impl Ice {
    pub fn new(remote_ufrag: String) -> Ice {
        Ice { pass: Pass::random(), former: None, remote_ufrag }
    }

    pub fn restart(&mut self, remote_ufrag: String) {
        self.former = Some(std::mem::replace(&mut self.pass, Pass::random()));
        self.remote_ufrag = remote_ufrag;
    }

    /// `seen` is what the answer says of where the check came from.
    pub fn check(&mut self, message: &Message<'_>, seen: SocketAddr) -> Option<Check> {
        let local = local_ufrag(message)?;
        let pass = std::iter::once(&self.pass).chain(&self.former).find(|pass| pass.ufrag == local)?;
        if message.class != Class::Request || !message.signed_by(pass.password.as_bytes()) {
            return None;
        }
        let answer = Writer::new(Class::Success, message.method, message.transaction())
            .address(is::XOR_MAPPED_ADDRESS, seen)
            .sign(pass.password.as_bytes())
            .fingerprint();
        Some(Check { chosen: message.get(is::USE_CANDIDATE).is_some(), answer })
    }
}

/// Whom a check is meant for: the name before the colon.
pub fn local_ufrag<'m>(message: &Message<'m>) -> Option<&'m str> {
    message.text(is::USERNAME)?.split(':').next()
}
