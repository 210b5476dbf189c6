//! One socket's queue: bounded in frames and bytes; full means closed. An idle one costs no memory but its lock.

use super::figures::FIGURES;
use bytestring::ByteString;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const FRAMES_MAX: usize = 256;
const BYTES_MAX: usize = 1 << 20;
/// A queue that was longer than this gives its room back when it is empty.
const ROOM_KEPT: usize = 16;

/// A frame, shared by all sockets that get it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Of the event it tells; 0 for what is not stored.
    pub position: i64,
    pub text: ByteString,
    /// May be left out when the queue is full, instead of closing it.
    pub lossy: bool,
}

/// Why a queue was closed from our side: a WebSocket close code of docs/protocol.md.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closed(pub u16);

impl Closed {
    pub const GOING_AWAY: Closed = Closed(1001);
    pub const RESUME: Closed = Closed(1013);
    pub const SIGNED_OUT: Closed = Closed(4401);
}

#[derive(Default)]
struct State {
    frames: VecDeque<Frame>,
    bytes: usize,
    closed: Option<Closed>,
    reader: Option<Waker>,
}

/// The sending half, held by the hub.
pub(super) struct Sender(Arc<Mutex<State>>);

/// The receiving half, held by the socket.
pub struct Queue(Arc<Mutex<State>>);

/// Tells whether a queue is closed, without reading it.
#[derive(Clone)]
pub struct Gate(Arc<Mutex<State>>);

pub(super) fn queue() -> (Sender, Queue) {
    let state = Arc::new(Mutex::default());
    (Sender(state.clone()), Queue(state))
}

impl Sender {
    pub fn push(&self, frame: Frame) {
        let mut state = self.0.lock();
        if state.closed.is_some() {
            return;
        }
        if state.frames.len() < FRAMES_MAX && state.bytes + frame.text.len() <= BYTES_MAX {
            state.bytes += frame.text.len();
            state.frames.push_back(frame);
            FIGURES.frames.one();
        } else if frame.lossy {
            FIGURES.dropped.one();
            return;
        } else {
            FIGURES.overflows.one();
            state.close(Closed::RESUME);
        }
        wake(state);
    }

    pub fn waiting(&self) -> usize {
        self.0.lock().frames.len()
    }

    /// The first reason stays.
    pub fn close(&self, reason: Closed) {
        let mut state = self.0.lock();
        state.close(reason);
        wake(state);
    }
}

impl State {
    /// Frames still waiting are dropped: the client gets them again by its cursor.
    fn close(&mut self, reason: Closed) {
        self.closed.get_or_insert(reason);
        self.frames = VecDeque::new();
    }

    fn take(&mut self) -> Option<Result<Frame, Closed>> {
        if let Some(reason) = self.closed {
            return Some(Err(reason));
        }
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.text.len();
        if self.frames.is_empty() && self.frames.capacity() > ROOM_KEPT {
            self.frames = VecDeque::new();
        }
        Some(Ok(frame))
    }
}

/// Not under the lock: the reader may run at once.
fn wake(mut state: parking_lot::MutexGuard<'_, State>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

impl Queue {
    /// The next frame, or why there will be none.
    pub async fn next(&mut self) -> Result<Frame, Closed> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What is there already.
    pub fn try_next(&mut self) -> Option<Result<Frame, Closed>> {
        self.0.lock().take()
    }

    pub fn gate(&self) -> Gate {
        Gate(self.0.clone())
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, Closed>> {
        let mut state = self.0.lock();
        match state.take() {
            Some(next) => Poll::Ready(next),
            None => {
                match &mut state.reader {
                    Some(reader) => reader.clone_from(cx.waker()),
                    empty => *empty = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

impl Gate {
    pub fn closed(&self) -> Option<Closed> {
        self.0.lock().closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> Frame {
        Frame { position: 1, text: "x".repeat(bytes).into(), lossy: false }
    }

    #[tokio::test]
    async fn a_full_queue_closes_with_resume_and_says_so_at_once() {
        let (sender, mut queue) = queue();
        for _ in 0..FRAMES_MAX {
            sender.push(frame(10));
        }
        assert!(queue.next().await.is_ok());
        sender.push(frame(10));
        sender.push(frame(10));
        assert_eq!(queue.next().await.unwrap_err(), Closed::RESUME);
    }

    #[tokio::test]
    async fn bytes_are_bounded_too_and_freed_by_reading() {
        let (sender, mut queue) = queue();
        for _ in 0..8 {
            sender.push(frame(BYTES_MAX / 2));
            assert!(queue.next().await.is_ok());
        }
        sender.push(frame(BYTES_MAX / 2));
        sender.push(frame(BYTES_MAX));
        assert_eq!(queue.next().await.unwrap_err(), Closed::RESUME);
    }

    #[tokio::test]
    async fn who_is_shut_out_hears_nothing_more() {
        for _ in 0..200 {
            let (sender, mut queue) = queue();
            let waiting = tokio::spawn(async move { queue.next().await });
            tokio::task::yield_now().await;
            sender.close(Closed::SIGNED_OUT);
            sender.push(frame(10));
            assert_eq!(waiting.await.unwrap().unwrap_err(), Closed::SIGNED_OUT);
        }
    }

    #[tokio::test]
    async fn somebody_typing_closes_no_queue() {
        let (sender, mut queue) = queue();
        for _ in 0..2 * FRAMES_MAX {
            sender.push(Frame { lossy: true, ..frame(10) });
        }
        for _ in 0..FRAMES_MAX {
            assert!(queue.next().await.is_ok());
        }
        sender.push(frame(BYTES_MAX));
        assert!(queue.next().await.is_ok());
    }

    #[tokio::test]
    async fn the_first_reason_stays() {
        let (sender, mut queue) = queue();
        sender.close(Closed::SIGNED_OUT);
        sender.close(Closed::RESUME);
        assert_eq!(queue.next().await.unwrap_err(), Closed::SIGNED_OUT);
    }
}
