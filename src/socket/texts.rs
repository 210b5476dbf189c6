//! Whole texts over the bytes of a WebSocket, within limits, without a buffer of its own while nothing happens.

use super::Closing;
use crate::http::{Upgraded, Wire};
use actix_http::ws::{CloseCode, CloseReason, Codec, Frame, Item, Message, ProtocolError};
use bytes::{Buf, Bytes, BytesMut};
use bytestring::ByteString;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio_util::codec::{Decoder, Encoder};
use tokio_util::io::poll_read_buf;

/// What is read at once.
const READ_BYTES: usize = 16 << 10;
/// What may wait to be written before the socket is asked to take it.
pub const WRITE_BYTES: usize = 64 << 10;

thread_local! {
    /// Lent to whoever reads or writes just now. Thousands of connections wait, few do something.
    static SPARE: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}
const SPARE_MAX: usize = 8;

fn borrow_buffer() -> BytesMut {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_default()
}

fn give_back(mut buffer: BytesMut) {
    buffer.clear();
    if buffer.capacity() > 0 && buffer.capacity() <= 4 * WRITE_BYTES {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < SPARE_MAX {
                spare.push(buffer);
            }
        });
    }
}

pub enum Incoming {
    /// Not looked at yet: it may be no UTF-8.
    Text(Bytes),
    Ping(Bytes),
    /// Something arrived that says the line lives.
    Alive,
    /// The client said goodbye and waits for ours.
    Closed,
    /// The line broke.
    Gone,
    /// A rule was broken: close with this.
    Bad(Closing),
}

/// Joins fragments itself, because their number must be bounded: a million one-byte fragments fit into any limit of bytes
/// and still cost a gigabyte.
pub struct Texts {
    wire: Box<dyn Wire>,
    codec: Codec,
    inbox: BytesMut,
    outbox: BytesMut,
    fragments: BytesMut,
    fragment_count: usize,
    bytes_max: usize,
    fragments_max: usize,
}

impl Texts {
    pub fn new(upgraded: Upgraded, bytes_max: usize, fragments_max: usize) -> Self {
        let Upgraded { wire, early } = upgraded;
        Texts {
            wire,
            codec: Codec::new().max_size(bytes_max),
            inbox: BytesMut::from(&early[..]),
            outbox: BytesMut::new(),
            fragments: BytesMut::new(),
            fragment_count: 0,
            bytes_max,
            fragments_max,
        }
    }

    /// May be dropped while it waits; nothing is lost.
    pub async fn next(&mut self) -> Incoming {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            match self.codec.decode(&mut self.inbox) {
                Ok(Some(frame)) => return Poll::Ready(self.understand(frame)),
                Ok(None) => {}
                Err(error) => return Poll::Ready(broken(&error)),
            }
            if let Err(end) = ready!(self.poll_read(cx)) {
                return Poll::Ready(end);
            }
        }
    }

    /// Reads into a borrowed buffer and keeps it only while there is something in it.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Incoming>> {
        let mut buffer = borrow_buffer();
        buffer.reserve(READ_BYTES.max(self.inbox.len() * 2));
        buffer.extend_from_slice(&self.inbox);
        let read = poll_read_buf(Pin::new(&mut *self.wire), cx, &mut buffer);
        match read {
            Poll::Ready(Ok(n)) if n > 0 => {
                give_back(std::mem::replace(&mut self.inbox, buffer));
                Poll::Ready(Ok(()))
            }
            Poll::Ready(_) => Poll::Ready(Err(Incoming::Gone)),
            Poll::Pending => {
                give_back(buffer);
                let rest = self.inbox.split();
                if !rest.is_empty() {
                    self.inbox = BytesMut::from(&rest[..]);
                }
                give_back(rest);
                Poll::Pending
            }
        }
    }

    fn understand(&mut self, frame: Frame) -> Incoming {
        match frame {
            Frame::Text(text) => Incoming::Text(text),
            Frame::Continuation(item) => self.fragment(item),
            Frame::Ping(payload) => Incoming::Ping(payload),
            Frame::Pong(_) => Incoming::Alive,
            Frame::Binary(_) => bad(Closing::UNSUPPORTED, "text frames only"),
            Frame::Close(_) => Incoming::Closed,
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
            Item::FirstBinary(_) => return bad(Closing::UNSUPPORTED, "text frames only"),
        };
        self.fragment_count += 1;
        if self.fragment_count > self.fragments_max {
            return bad(Closing::POLICY, "too many fragments");
        }
        if self.fragments.len() + bytes.len() > self.bytes_max {
            return bad(Closing::SIZE, "the message is too large");
        }
        self.fragments.extend_from_slice(&bytes);
        match last {
            true => Incoming::Text(std::mem::take(&mut self.fragments).freeze()),
            false => Incoming::Alive,
        }
    }

    pub fn push(&mut self, text: ByteString) {
        self.encode(Message::Text(text));
    }

    pub fn push_ping(&mut self) {
        self.encode(Message::Ping(Bytes::new()));
    }

    pub fn push_pong(&mut self, payload: Bytes) {
        self.encode(Message::Pong(payload));
    }

    pub fn push_close(&mut self, closing: &Closing) {
        let description = (!closing.detail.is_empty()).then(|| closing.detail.to_string());
        let reason = CloseReason { code: CloseCode::from(closing.code), description };
        self.encode(Message::Close(Some(reason)));
    }

    fn encode(&mut self, message: Message) {
        if self.outbox.capacity() == 0 {
            self.outbox = borrow_buffer();
        }
        if let Err(error) = self.codec.encode(message, &mut self.outbox) {
            // Only a fragment out of order can be refused, and we send none.
            tracing::error!(%error, "a frame could not be written");
        }
    }

    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Until everything pushed is with the system. May be dropped while it waits; what is left goes with the next call.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outbox.is_empty() {
            match ready!(Pin::new(&mut *self.wire).poll_write(cx, &self.outbox))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.outbox.advance(n),
            }
        }
        give_back(std::mem::take(&mut self.outbox));
        Pin::new(&mut *self.wire).poll_flush(cx)
    }

    /// Says no more, and waits for the other side to have heard the rest: closing at once could destroy it on the way.
    pub async fn finish(mut self) {
        let mut scrap = [0; 512];
        let shut = poll_fn(|cx| Pin::new(&mut *self.wire).poll_shutdown(cx)).await;
        if shut.is_ok() {
            while poll_fn(|cx| {
                let mut room = tokio::io::ReadBuf::new(&mut scrap);
                Pin::new(&mut *self.wire).poll_read(cx, &mut room).map_ok(|()| !room.filled().is_empty())
            })
            .await
            .unwrap_or(false)
            {}
        }
    }
}

fn broken(error: &ProtocolError) -> Incoming {
    match error {
        ProtocolError::Overflow => bad(Closing::SIZE, "the frame is too large"),
        ProtocolError::Io(_) => Incoming::Gone,
        _ => bad(Closing::PROTOCOL, "not a WebSocket frame"),
    }
}

fn bad(code: u16, detail: &'static str) -> Incoming {
    Incoming::Bad(Closing::new(code, detail))
}
