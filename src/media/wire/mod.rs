//! What the packets say: parsers and writers without state. Every parser takes bytes of strangers: none allocates by what they say, and
//! none panics (`tests`).

pub mod dtls;
pub mod rtcp;
pub mod rtp;
pub mod stun;
#[cfg(test)]
mod tests;
pub mod twcc;
pub mod vp8;

/// Two bytes at `at`, if they are there.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// What a datagram is, by its first byte (RFC 7983).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Stun,
    Dtls,
    /// TURN's channels.
    Channel,
    Rtp,
    Rtcp,
}

pub fn kind(datagram: &[u8]) -> Option<Kind> {
    match *datagram.first()? {
        0..=3 => Some(Kind::Stun),
        20..=63 => Some(Kind::Dtls),
        64..=79 => Some(Kind::Channel),
        128..=191 if matches!(datagram.get(1)?, 192..=223) => Some(Kind::Rtcp),
        128..=191 => Some(Kind::Rtp),
        _ => None,
    }
}
