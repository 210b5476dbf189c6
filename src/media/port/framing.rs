//! Where a message ends in a TCP stream: media and ICE are framed by RFC 4571, TURN frames itself (RFC 8656). One port takes both; the first
//! bytes tell which.

use crate::media::wire::{stun, u16_at, u32_at};
use bytes::{Bytes, BytesMut};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Two bytes of length, then the message.
    Counted,
    /// STUN messages and channel data, which say their own length.
    Turn,
}

/// Browsers send nothing longer than an Ethernet frame carries; with TURN's own heads.
const MESSAGE_MAX: usize = 2_048;

/// Not what either side of the port speaks: the connection ends.
#[derive(PartialEq, Eq, Debug)]
pub struct Strange;

impl Style {
    /// Both begin with a STUN request, whose cookie lies behind two bytes of length or not. `None` as long as it cannot be told.
    pub fn of(begin: &[u8]) -> Result<Option<Style>, Strange> {
        if begin.len() < 10 {
            return Ok(None);
        }
        match (u32_at(begin, 4), u32_at(begin, 6)) {
            (Some(stun::COOKIE), _) => Ok(Some(Style::Turn)),
            (_, Some(stun::COOKIE)) => Ok(Some(Style::Counted)),
            _ => Err(Strange),
        }
    }

    /// Takes the first whole message off the buffer.
    pub fn cut(self, buffer: &mut BytesMut) -> Result<Option<Bytes>, Strange> {
        let Some(length) = u16_at(buffer, if self == Style::Turn { 2 } else { 0 }).map(usize::from) else {
            return Ok(None);
        };
        let (skip, message, padded) = match self {
            Style::Counted => (2, length, length),
            Style::Turn if buffer[0] < 4 => (0, 20 + length, 20 + length),
            Style::Turn if (0x40..0x50).contains(&buffer[0]) => (0, 4 + length, 4 + length.next_multiple_of(4)),
            Style::Turn => return Err(Strange),
        };
        if message == 0 || message > MESSAGE_MAX {
            return Err(Strange);
        }
        if buffer.len() < skip + padded {
            return Ok(None);
        }
        let mut whole = buffer.split_to(skip + padded).freeze();
        Ok(Some(whole.split_off(skip).slice(..message)))
    }

    pub fn write(self, message: &[u8], out: &mut Vec<u8>) {
        if self == Style::Counted {
            out.extend_from_slice(&(message.len() as u16).to_be_bytes());
        }
        out.extend_from_slice(message);
        if self == Style::Turn {
            out.resize(out.len() + message.len().next_multiple_of(4) - message.len(), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stun::{Class, Method, Writer};

    fn request() -> Vec<u8> {
        Writer::new(Class::Request, Method::Binding, [7; 12]).fingerprint()
    }

    #[test]
    fn both_styles_are_told_apart_and_cut_whole_however_the_bytes_come() {
        let channel = [0x40, 1, 0, 5, 1, 2, 3, 4, 5];
        for style in [Style::Counted, Style::Turn] {
            let mut sent = Vec::new();
            style.write(&request(), &mut sent);
            if style == Style::Turn {
                style.write(&channel, &mut sent);
                assert_eq!(sent.len() % 4, 0, "channel data is padded on TCP");
            }
            style.write(&request(), &mut sent);
            let (mut buffer, mut got) = (BytesMut::new(), Vec::new());
            for byte in sent {
                buffer.extend_from_slice(&[byte]);
                if got.is_empty() {
                    let Some(told) = Style::of(&buffer).unwrap() else { continue };
                    assert_eq!(told, style);
                }
                got.extend(style.cut(&mut buffer).unwrap());
            }
            assert_eq!(got.first().unwrap(), &request());
            assert_eq!(got.last().unwrap(), &request());
            assert_eq!(got.len(), if style == Style::Turn { 3 } else { 2 });
            assert!(style == Style::Counted || got[1] == channel[..]);
        }
    }

    #[test]
    fn what_is_neither_empty_or_too_long_ends_the_connection() {
        assert_eq!(Style::of(b"GET / HTTP/1.1\r\n"), Err(Strange));
        for bad in [&[0, 0, 1, 2][..], &[0xFF, 0xFF, 0, 1]] {
            assert_eq!(Style::Counted.cut(&mut BytesMut::from(bad)), Err(Strange), "{bad:?}");
        }
        for bad in [&[0x16, 3, 1, 2][..], &[0x40, 0, 0xFF, 0xFF], &[0, 3, 0xFF, 0xFC]] {
            assert_eq!(Style::Turn.cut(&mut BytesMut::from(bad)), Err(Strange), "{bad:?}");
        }
    }
}
