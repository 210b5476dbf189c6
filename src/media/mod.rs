//! Sound and pictures of calls: one UDP port, one TCP port, and a thread that forwards what comes in to whom it is shown.
//!
//! A **call** has **legs**, one for each browser in it. Every leg ends here: ICE-lite, DTLS and SRTP with the browser, and nothing
//! from browser to browser. A leg offers once, with fixed places ([`Shown`] says which): microphone, camera, screen on the way up;
//! four people and one screen on the way down. Who is seen and heard in which place is then only a word to this room
//! ([`Media::show`]): the forwarder rewrites what it sends there, and no browser negotiates again.
//!
//! Where UDP does not pass, the same port number takes TCP (RFC 4571 candidates), and the TURN server here takes UDP, TCP and TLS.
//! Its relay has no sockets: it leads to this process and nowhere else.
//!
//! Promises. Nothing is forwarded that [`Media::show`] did not name. Whoever is shown anew gets a key frame at once. A peer that is slow,
//! silent or hostile costs the others nothing: every queue has a bound, and what does not fit is dropped as whole frames. What is
//! malformed is counted ([`Media::figures`]) and dropped. Nothing about people is known here, and nothing touches the disk.

pub mod caller;
mod figures;
mod moment;
mod port;
mod quality;
mod sdp;
mod settings;
mod sfu;
mod tap;
#[cfg(test)]
mod tests;
mod turn;
pub mod wire;

pub use moment::{Moment, Watch};
pub use quality::LegQuality;
pub use settings::Settings;
pub use tap::{Codec, Tap, TapPacket};
pub use turn::IceServer;

use crate::kernel::figures::Family;
use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use thiserror::Error;
use tokio::sync::{Notify, oneshot};

pub type CallNo = i64;
/// The participant's row; unique in all calls.
pub type LegNo = i64;

/// Orders that wait for the media thread, which takes them all between two batches of packets. When they are as many, whoever orders waits.
const ORDERS_MAX: usize = 4_096;
/// What is to be told and was not fetched yet. What does not fit is left out and counted.
const TOLD_MAX: usize = 4_096;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegRole {
    Talks,
    /// The recorder hears them only while somebody is shown their sound.
    Listens,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TrackKind {
    Mic,
    Camera,
    Screen,
}

/// Who is in a place of somebody's page. Places 0 to 3 are people: sound, and the camera's picture. Place 4 is a screen: `screen` counts
/// there and nothing else does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown {
    pub slot: usize,
    pub of: LegNo,
    pub camera: bool,
    pub screen: bool,
    pub audio: bool,
}

/// What the media thread learnt. Told on a thread of its own, in order; the listener may take its time and may give orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// Keys are agreed and packets flow: the first time, and again after `Interrupted`.
    Connected { call: CallNo, leg: LegNo },
    /// Nothing was heard from it for five seconds.
    Interrupted { call: CallNo, leg: LegNo },
    /// Nothing for another fifteen, or it never connected within thirty, or its browser closed the connection. The leg is gone.
    Lost { call: CallNo, leg: LegNo },
    /// The first packet with content came; or none did for three seconds.
    Publishing { call: CallNo, leg: LegNo, kind: TrackKind, active: bool },
}

#[derive(Error, Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaError {
    #[error("as many calls as this server carries are under way")]
    CallsFull,
    #[error("as many people as a call carries are in it")]
    LegsFull,
    /// What is wrong with the offer, for whoever writes clients.
    #[error("the offer cannot be answered: {0}")]
    Offer(&'static str),
    #[error("media are stopped")]
    Stopped,
}

/// Cheap to clone. The thread ends with [`stop`](Media::stop).
#[derive(Clone)]
pub struct Media {
    inner: Arc<Inner>,
}

struct Inner {
    orders: Sender<Order>,
    wake: Arc<Notify>,
    qualities: quality::Board,
    turn: turn::Credentials,
    udp: SocketAddr,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread is asked to do.
pub(in crate::media) enum Order {
    Join(Join),
    Show { call: CallNo, leg: LegNo, slots: Vec<Shown> },
    Leave { call: CallNo, leg: LegNo },
    Close { call: CallNo },
    Tap { call: CallNo, tap: Option<Arc<dyn Tap>> },
    Stop,
}

pub(in crate::media) struct Join {
    call: CallNo,
    leg: LegNo,
    role: LegRole,
    offer: String,
    answer: oneshot::Sender<Result<String, MediaError>>,
}

impl Media {
    /// Binds the ports and starts the thread. Fails if a port is taken or no address can be announced.
    pub fn start(settings: Settings, told: impl Fn(Told) + Send + Sync + 'static) -> io::Result<Media> {
        let (orders, obey) = bounded(ORDERS_MAX);
        let (tell, fetch) = bounded(TOLD_MAX);
        let wake = Arc::new(Notify::new());
        let qualities = quality::Board::default();
        let ports = port::Ports::bind(&settings)?;
        let turn = turn::Credentials::new(&ports.announced);
        let udp = ports.udp_address;
        let given = port::Given {
            orders: obey,
            wake: wake.clone(),
            told: tell,
            qualities: qualities.clone(),
            turn: turn.clone(),
        };
        let work = move || port::run(ports, settings, given);
        let thread = thread::Builder::new().name("media".into()).spawn(work)?;
        thread::Builder::new().name("media-told".into()).spawn(move || fetch.iter().for_each(told))?;
        let thread = Mutex::new(Some(thread));
        Ok(Media { inner: Arc::new(Inner { orders, wake, qualities, turn, udp, thread }) })
    }

    /// For the page's `iceServers`: TURN over UDP, TCP and, if set up, TLS. Good for ten minutes, for this leg alone.
    pub fn ice(&self, call: CallNo, leg: LegNo) -> IceServer {
        self.inner.turn.issue(call, leg)
    }

    /// Answers an offer. On a leg that is there: an ICE restart if the offer comes from the same connection (the same certificate),
    /// otherwise (a page that was loaded anew) a new connection in place of the former. What was shown stays.
    pub async fn join(&self, call: CallNo, leg: LegNo, role: LegRole, offer: String) -> Result<String, MediaError> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Join(Join { call, leg, role, offer, answer }));
        answered.await.unwrap_or(Err(MediaError::Stopped))
    }

    /// Who is in which place of `leg`, all of it: places that are not named are empty from now on. May name legs that are not there yet,
    /// and may come before `leg` itself.
    pub fn show(&self, call: CallNo, leg: LegNo, slots: Vec<Shown>) {
        self.order(Order::Show { call, leg, slots });
    }

    /// Ends one leg; nobody is told.
    pub fn leave(&self, call: CallNo, leg: LegNo) {
        self.order(Order::Leave { call, leg });
    }

    /// Ends all legs and forgets the call, its tap and its figures.
    pub fn close(&self, call: CallNo) {
        self.order(Order::Close { call });
    }

    /// The recorder; one at a time. Every camera and screen is asked for a key frame.
    pub fn tap(&self, call: CallNo, tap: Option<Arc<dyn Tap>>) {
        self.order(Order::Tap { call, tap });
    }

    /// Of every leg since it joined, those that left included, until the call is closed. A second old at most.
    pub fn quality(&self, call: CallNo) -> Vec<LegQuality> {
        self.inner.qualities.of(call)
    }

    pub fn figures(&self) -> Vec<Family> {
        figures::families()
    }

    /// Makes a certificate: once for all callers of a load generator.
    pub fn papers() -> io::Result<caller::Papers> {
        caller::Papers::make()
    }

    /// The UDP port that is bound: what was asked for, or what the system chose if that was 0.
    pub fn address(&self) -> SocketAddr {
        self.inner.udp
    }

    /// Ends everything and waits for the thread.
    pub fn stop(&self) {
        self.order(Order::Stop);
        if let Some(thread) = self.inner.thread.lock().take() {
            let _ = thread.join();
        }
    }

    fn order(&self, order: Order) {
        // Fails once the thread has ended; a join is answered then by the dropped sender.
        let _ = self.inner.orders.send(order);
        self.inner.wake.notify_one();
    }
}
