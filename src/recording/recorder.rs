//! The face towards a call: takes its packets and never keeps whoever brings them waiting.

use super::frames::{Codec, Kind, Packet};
use super::model::{EndReason, Ended, Party, tidy_reason};
use super::scribe::{Scribe, failed};
use crate::kernel::{Error, RecordingId, Result, Steady, UserId};
use bytes::Bytes;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Packets that wait for the disk, about six seconds of two who see each other. A further one is left out and counted, and
/// with it the picture that it belongs to.
const PACKETS_MAX: usize = 4_096;
/// Orders that wait; a further one is told "busy".
const ORDERS_MAX: usize = 64;
/// The thread wakes so often, not for each packet.
const TURN: Duration = Duration::from_millis(100);

/// What becomes of a recording, for whoever began it. Told on the recording's own thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// It is recorded from now on.
    On,
    Paused,
    /// Closed, or at least never written again.
    Ended(EndReason),
    /// The media should ask all who send pictures for one that stands by itself.
    WantsKey,
}

pub type Listener = Arc<dyn Fn(RecordingId, Told) + Send + Sync>;

enum Order {
    Join(Party),
    Gone(i64),
    Pause(String, Option<UserId>),
    Resume(Option<UserId>),
    End(EndReason),
}

/// A recording that goes on. Cheap to clone. It ends with [`stop`](Recorder::stop), or when the last clone is dropped.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    id: RecordingId,
    packets: Sender<(Steady, Packet)>,
    orders: Sender<Order>,
    is_paused: Arc<AtomicBool>,
    dropped: Arc<AtomicU64>,
}

impl Recorder {
    pub fn id(&self) -> RecordingId {
        self.0.id
    }

    /// Never blocks.
    #[expect(clippy::too_many_arguments, reason = "they are a packet's")]
    pub fn packet(
        &self,
        leg: i64,
        kind: Kind,
        codec: Codec,
        timestamp: u32,
        sequence: u16,
        is_last: bool,
        payload: &Bytes,
        arrived: Steady,
    ) {
        if self.0.is_paused.load(Ordering::Acquire) {
            return;
        }
        let payload = payload.clone();
        let packet = Packet { leg, kind, codec, timestamp, sequence, is_last, payload, arrived_ms: 0 };
        if let Err(TrySendError::Full(_)) = self.0.packets.try_send((arrived, packet)) {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The leg left, or begins anew.
    pub fn gone(&self, leg: i64) {
        let _ = self.0.orders.try_send(Order::Gone(leg));
    }

    /// Somebody else takes part, or is called otherwise now.
    pub fn join(&self, party: Party) -> Result<()> {
        self.order(Order::Join(party))
    }

    /// Nothing that is said after this returns is recorded. The reason is kept.
    pub fn pause(&self, reason: &str, by: Option<UserId>) -> Result<()> {
        let reason = tidy_reason(reason)?;
        self.0.is_paused.store(true, Ordering::Release);
        self.order(Order::Pause(reason, by))
    }

    pub fn resume(&self, by: Option<UserId>) -> Result<()> {
        self.order(Order::Resume(by))
    }

    /// [`Told::Ended`] follows when it is closed.
    pub fn stop(&self) {
        let _ = self.0.orders.send(Order::End(EndReason::Stopped));
    }

    fn order(&self, order: Order) -> Result<()> {
        match self.0.orders.try_send(order) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Error::busy()),
            Err(TrySendError::Disconnected(_)) => {
                Err(Error::conflict("recording.over", "This recording has ended already."))
            }
        }
    }
}

/// The other end of a recorder, for whoever ends them all.
pub struct Ending {
    orders: Sender<Order>,
    thread: JoinHandle<()>,
}

impl Ending {
    pub fn tell(&self) {
        let _ = self.orders.send(Order::End(EndReason::ServerStopped));
    }

    pub fn wait(self) {
        if self.thread.join().is_err() {
            tracing::error!("a recording ended by a panic; the next start closes it");
        }
    }
}

/// Begins. `finish` stores what became of the file.
pub fn start(
    id: RecordingId,
    scribe: Scribe,
    told: Listener,
    finish: impl FnOnce(EndReason, Option<Ended>) + Send + 'static,
) -> io::Result<(Recorder, Ending)> {
    let ((packets, coming), (orders, obey)) = (bounded(PACKETS_MAX), bounded(ORDERS_MAX));
    let (is_paused, dropped) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let inner = Inner { id, packets, orders: orders.clone(), is_paused: is_paused.clone(), dropped: dropped.clone() };
    let mut desk = Desk { id, scribe, coming, obey: Some(obey), is_paused, told };
    let thread = std::thread::Builder::new().name(format!("rec-{}", id.0)).spawn(move || {
        let reason = desk.work();
        let ended = desk.scribe.end(reason, dropped.load(Ordering::Relaxed));
        if let Err(error) = &ended {
            tracing::error!(%error, recording = %id, "a recording could not be closed; that is tried again");
        }
        finish(reason, ended.ok());
        (desk.told)(id, Told::Ended(reason));
    })?;
    Ok((Recorder(Arc::new(inner)), Ending { orders, thread }))
}

/// The thread's own.
struct Desk {
    id: RecordingId,
    scribe: Scribe,
    coming: Receiver<(Steady, Packet)>,
    obey: Option<Receiver<Order>>,
    is_paused: Arc<AtomicBool>,
    told: Listener,
}

impl Desk {
    /// Until it ends, and why.
    fn work(&mut self) -> EndReason {
        let Some(obey) = self.obey.take() else { return EndReason::DiskFailed };
        (self.told)(self.id, Told::On);
        loop {
            let order = obey.recv_timeout(TURN);
            let took = self.take_all();
            let done = took.and_then(|()| match order {
                Ok(Order::End(reason)) => Err(reason),
                Ok(order) => self.obey(order).map_err(|error| failed(&error)),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => Err(EndReason::Stopped),
            });
            if let Err(reason) = done.and_then(|()| self.scribe.turn()) {
                return reason;
            }
            if self.scribe.wants_key() {
                (self.told)(self.id, Told::WantsKey);
            }
        }
    }

    fn take_all(&mut self) -> Result<(), EndReason> {
        let mut packets = self.coming.try_iter();
        let took = packets.try_for_each(|(arrived, packet)| self.scribe.take(arrived, packet));
        took.map_err(|error| failed(&error))
    }

    fn obey(&mut self, order: Order) -> io::Result<()> {
        match order {
            Order::Join(party) => self.scribe.join(&party),
            Order::Gone(leg) => {
                self.scribe.gone(leg);
                Ok(())
            }
            Order::Pause(reason, by) => {
                self.scribe.pause(reason, by)?;
                (self.told)(self.id, Told::Paused);
                Ok(())
            }
            Order::Resume(by) => {
                self.scribe.resume(by)?;
                self.is_paused.store(false, Ordering::Release);
                (self.told)(self.id, Told::On);
                Ok(())
            }
            // Taken by the loop.
            Order::End(_) => Ok(()),
        }
    }
}
