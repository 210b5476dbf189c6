//! WebSocket frames in a buffer, for both ends, without copying and without a library's buffers: at the rates that are
//! measured here these few lines are most of what the generator does.

/// Any key is allowed; a constant one lets frames be masked beforehand. Not zero, so that nobody gains by noticing.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// Neither end sends larger ones.
const PAYLOAD_MAX: u64 = 16 << 20;

/// One frame at the start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub opcode: u8,
    pub mask: Option<[u8; 4]>,
    /// Where the payload lies.
    pub start: usize,
    pub end: usize,
}

/// `None`: more bytes are needed. `Err`: that is no frame we could use.
pub fn head(bytes: &[u8]) -> Result<Option<Head>, &'static str> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0x80 == 0 {
        return Err("a fragmented frame");
    }
    let (length, mut start) = match second & 0x7f {
        126 => match rest {
            [a, b, ..] => (u64::from(u16::from_be_bytes([*a, *b])), 4),
            _ => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(length) => (u64::from_be_bytes(*length), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if length > PAYLOAD_MAX {
        return Err("a frame too large");
    }
    let mask = if second & 0x80 == 0 {
        None
    } else {
        let Some(mask) = bytes.get(start..).and_then(|rest| rest.first_chunk::<4>()) else { return Ok(None) };
        start += 4;
        Some(*mask)
    };
    let end = start + length as usize;
    Ok((bytes.len() >= end).then_some(Head { opcode: first & 0x0f, mask, start, end }))
}

pub fn unmask(mask: [u8; 4], payload: &mut [u8]) {
    let mut chunks = payload.chunks_exact_mut(4);
    for chunk in &mut chunks {
        chunk.iter_mut().zip(mask).for_each(|(byte, key)| *byte ^= key);
    }
    chunks.into_remainder().iter_mut().zip(mask).for_each(|(byte, key)| *byte ^= key);
}

fn put_head(out: &mut Vec<u8>, opcode: u8, length: usize, masked: u8) {
    out.push(0x80 | opcode);
    match length {
        0..=125 => out.push(masked | length as u8),
        126..=0xffff => {
            out.push(masked | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// A server's frame.
pub fn put_plain(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    put_head(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// A client's frame.
pub fn put_masked(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    put_head(out, opcode, payload.len(), 0x80);
    out.extend_from_slice(&MASK);
    let at = out.len();
    out.extend_from_slice(payload);
    unmask(MASK, &mut out[at..]);
}

/// A client's frame, made once, of which only some bytes change.
pub struct Template {
    frame: Vec<u8>,
    payload_at: usize,
}

impl Template {
    pub fn new(text: &str) -> Self {
        let mut frame = Vec::new();
        put_masked(&mut frame, TEXT, text.as_bytes());
        let payload_at = frame.len() - text.len();
        Template { frame, payload_at }
    }

    /// Appends the frame with `change` at this place of its text.
    pub fn put(&self, at: usize, change: &[u8], out: &mut Vec<u8>) {
        let place = out.len() + self.payload_at + at;
        out.extend_from_slice(&self.frame);
        for (nth, byte) in change.iter().enumerate() {
            out[place + nth] = byte ^ MASK[(at + nth) % 4];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &mut [u8]) -> (u8, String) {
        let head = head(bytes).unwrap().unwrap();
        let payload = &mut bytes[head.start..head.end];
        if let Some(mask) = head.mask {
            unmask(mask, payload);
        }
        (head.opcode, String::from_utf8(payload.to_vec()).unwrap())
    }

    #[test]
    fn frames_of_every_length_come_back() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let text = "x".repeat(length);
            let (mut plain, mut masked) = (Vec::new(), Vec::new());
            put_plain(&mut plain, TEXT, text.as_bytes());
            put_masked(&mut masked, TEXT, text.as_bytes());
            assert_eq!(head(&plain[..plain.len() - 1]), Ok(None), "{length}");
            assert_eq!(read(&mut plain), (TEXT, text.clone()));
            assert_eq!(read(&mut masked), (TEXT, text));
        }
    }

    #[test]
    fn a_template_changes_nothing_but_its_place() {
        let template = Template::new("id=____, text=hello");
        let mut out = b"before".to_vec();
        template.put(3, b"1234", &mut out);
        assert_eq!(read(&mut out[6..]), (TEXT, "id=1234, text=hello".to_owned()));
    }

    #[test]
    fn what_cannot_be_used_is_an_error() {
        assert!(head(&[0x01, 0x01, b'x']).is_err(), "a fragment");
        assert!(head(&[0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0]).is_err(), "an endless frame");
    }
}
