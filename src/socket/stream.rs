//! From WebSocket frames to whole texts, within limits.

use actix_ws::{CloseCode, CloseReason, Item, Message, MessageStream};
use bytes::BytesMut;
use futures_util::StreamExt;
use std::io;

/// Reads texts; joins fragments itself, because their number must be bounded: a million one-byte fragments fit into any
/// limit of bytes and still cost a gigabyte.
pub struct Texts {
    stream: MessageStream,
    fragments: BytesMut,
    fragment_count: usize,
    bytes_max: usize,
    fragments_max: usize,
}

pub enum Incoming {
    Text(String),
    Ping(bytes::Bytes),
    /// Something arrived that says the line lives.
    Alive,
    /// The client said goodbye and waits for ours.
    Closed,
    /// The line broke.
    Gone,
    /// A rule was broken: close with this.
    Bad(CloseReason),
}

impl Texts {
    pub fn new(stream: MessageStream, bytes_max: usize, fragments_max: usize) -> Self {
        Texts {
            stream: stream.max_frame_size(bytes_max),
            fragments: BytesMut::new(),
            fragment_count: 0,
            bytes_max,
            fragments_max,
        }
    }

    pub async fn next(&mut self) -> Incoming {
        match self.stream.next().await {
            None => Incoming::Gone,
            Some(Err(error)) => broken(&error),
            Some(Ok(Message::Text(text))) => Incoming::Text(text.to_string()),
            Some(Ok(Message::Continuation(item))) => self.fragment(item),
            Some(Ok(Message::Ping(payload))) => Incoming::Ping(payload),
            Some(Ok(Message::Pong(_) | Message::Nop)) => Incoming::Alive,
            Some(Ok(Message::Binary(_))) => bad(CloseCode::Unsupported, "text frames only"),
            Some(Ok(Message::Close(_))) => Incoming::Closed,
        }
    }

    fn fragment(&mut self, item: Item) -> Incoming {
        let (bytes, last) = match item {
            Item::FirstText(bytes) => {
                self.fragments.clear();
                self.fragment_count = 0;
                (bytes, false)
            }
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
            Item::FirstBinary(_) => return bad(CloseCode::Unsupported, "text frames only"),
        };
        self.fragment_count += 1;
        if self.fragment_count > self.fragments_max {
            return bad(CloseCode::Policy, "too many fragments");
        }
        if self.fragments.len() + bytes.len() > self.bytes_max {
            return bad(CloseCode::Size, "the message is too large");
        }
        self.fragments.extend_from_slice(&bytes);
        if !last {
            return Incoming::Alive;
        }
        let whole = std::mem::take(&mut self.fragments);
        match String::from_utf8(whole.to_vec()) {
            Ok(text) => Incoming::Text(text),
            Err(_) => bad(CloseCode::Invalid, "not UTF-8"),
        }
    }
}

fn broken(error: &actix_ws::ProtocolError) -> Incoming {
    match error {
        actix_ws::ProtocolError::Overflow => bad(CloseCode::Size, "the frame is too large"),
        // Its only word for a text that is none.
        actix_ws::ProtocolError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            bad(CloseCode::Invalid, "not UTF-8")
        }
        actix_ws::ProtocolError::Io(_) => Incoming::Gone,
        _ => bad(CloseCode::Protocol, "not a WebSocket frame"),
    }
}

pub(super) fn bad(code: CloseCode, description: &str) -> Incoming {
    Incoming::Bad(CloseReason { code, description: Some(description.to_owned()) })
}
