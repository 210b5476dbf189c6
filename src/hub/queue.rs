//! One socket's queue: bounded in frames and bytes; full means closed.

use bytestring::ByteString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use tokio::sync::{Notify, mpsc};

const FRAMES_MAX: usize = 256;
const BYTES_MAX: usize = 1 << 20;

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

/// The sending half, held by the hub.
pub(super) struct Sender {
    frames: mpsc::Sender<Frame>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    bytes: AtomicUsize,
    /// 0 = open.
    closed: AtomicU16,
    wake: Notify,
}

/// The receiving half, held by the socket.
pub struct Queue {
    frames: mpsc::Receiver<Frame>,
    state: Arc<State>,
}

pub(super) fn queue() -> (Sender, Queue) {
    let (sender, receiver) = mpsc::channel(FRAMES_MAX);
    let state = Arc::new(State::default());
    (Sender { frames: sender, state: state.clone() }, Queue { frames: receiver, state })
}

impl Sender {
    pub fn push(&self, frame: Frame) {
        if self.state.closed.load(Ordering::Acquire) != 0 {
            return;
        }
        let (bytes, lossy) = (frame.text.len(), frame.lossy);
        let fits = self.state.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= BYTES_MAX;
        if fits && self.frames.try_send(frame).is_ok() {
            return;
        }
        self.state.bytes.fetch_sub(bytes, Ordering::Relaxed);
        if !lossy {
            self.close(Closed::RESUME);
        }
    }

    /// The first reason stays.
    pub fn close(&self, reason: Closed) {
        let _ = self.state.closed.compare_exchange(0, reason.0, Ordering::AcqRel, Ordering::Relaxed);
        self.state.wake.notify_one();
    }
}

impl Queue {
    /// The next frame, or why there will be none. Frames still waiting when the queue is closed are dropped: the client
    /// gets them again by its cursor.
    pub async fn next(&mut self) -> Result<Frame, Closed> {
        loop {
            if let Some(reason) = self.closed() {
                return Err(reason);
            }
            tokio::select! {
                frame = self.frames.recv() => {
                    let frame = frame.ok_or(Closed::GOING_AWAY)?;
                    // Both may have happened while we waited: who was shut out hears nothing more.
                    if let Some(reason) = self.closed() {
                        return Err(reason);
                    }
                    self.state.bytes.fetch_sub(frame.text.len(), Ordering::Relaxed);
                    return Ok(frame);
                }
                () = self.state.wake.notified() => {}
            }
        }
    }

    fn closed(&self) -> Option<Closed> {
        match self.state.closed.load(Ordering::Acquire) {
            0 => None,
            code => Some(Closed(code)),
        }
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
