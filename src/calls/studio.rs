//! Has calls recorded: brings every recording into the state that its call's committed state names.
//!
//! A thread of its own, since files are made and closed here. What cannot be recorded is said in the call: nobody should believe that a
//! recording goes on that does not.

use super::model::{Call, Leg, RecordingState, Role};
use super::queries::CallView;
use super::recording as rights;
use crate::db::Db;
use crate::kernel::{CallId, Clock, Ctx, LegId};
use crate::media::{self, Media, Tap, TapPacket, TrackKind};
use crate::recording::{Codec, Kind, Party, Recorder, Recordings, Start, Told};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::runtime::{self, Runtime};

/// States that wait; a call tells a handful in a minute.
const STATES_MAX: usize = 4_096;

/// Cheap to clone.
#[derive(Clone)]
pub struct Studio(Sender<CallView>);

impl Studio {
    pub fn start(media: Media, recordings: Recordings, db: Db, clock: Clock) -> io::Result<Studio> {
        let (tell, states) = bounded(STATES_MAX);
        let runtime = runtime::Builder::new_current_thread().build()?;
        let work = Work { media, recordings, db, clock, runtime, live: HashMap::new() };
        std::thread::Builder::new().name("studio".into()).spawn(move || work.run(&states))?;
        Ok(Studio(tell))
    }

    /// Never waits: whoever tells follows the store's events.
    pub fn follow(&self, view: &CallView) {
        if let Err(TrySendError::Full(view)) = self.0.try_send(view.clone()) {
            tracing::error!(call = %view.call.id, "the recordings are too far behind; this state of a call is left out");
        }
    }
}

struct Work {
    media: Media,
    recordings: Recordings,
    db: Db,
    clock: Clock,
    runtime: Runtime,
    live: HashMap<CallId, Take>,
}

/// A recording that goes on.
struct Take {
    recorder: Recorder,
    is_paused: bool,
    parties: HashSet<LegId>,
}

impl Work {
    fn run(mut self, states: &Receiver<CallView>) {
        for view in states {
            if let Err(error) = self.bring(&view) {
                let call = view.call.id;
                tracing::error!(%call, %error, "a call cannot be recorded");
                self.end(call);
                said_to_have_failed(&self.db, &self.clock, call, error.code);
            }
        }
    }

    fn bring(&mut self, view: &CallView) -> crate::kernel::Result<()> {
        let call = &view.call;
        match call.recording.state {
            RecordingState::Off | RecordingState::WaitingForConsent => self.end(call.id),
            RecordingState::On => {
                self.begin(view)?;
                self.pause(call, false)?;
            }
            RecordingState::Paused => self.pause(call, true)?,
        }
        self.admit(view)
    }

    fn begin(&mut self, view: &CallView) -> crate::kernel::Result<()> {
        let call = &view.call;
        if self.live.contains_key(&call.id) {
            return Ok(());
        }
        let parties: Vec<Party> = heard(call).map(|leg| party(view, leg)).collect();
        let known = heard(call).map(|leg| leg.id).collect();
        let start = Start { call: call.id, channel: call.channel, conversation: call.conversation, parties };
        let ear: Arc<OnceLock<Arc<dyn Tap>>> = Arc::default();
        let told = {
            let (db, clock, media, id, ear) =
                (self.db.clone(), self.clock.clone(), self.media.clone(), call.id, ear.clone());
            move |_, told| match told {
                Told::Ended(reason) if reason.is_failure() => said_to_have_failed(&db, &clock, id, reason.as_str()),
                // Whoever sends pictures is asked for a key frame when a tap is set.
                Told::WantsKey => ear.get().into_iter().for_each(|tap| media.tap(id.0, Some(tap.clone()))),
                _ => {}
            }
        };
        let recorder = self.runtime.block_on(self.recordings.start(start, told))?;
        let tap: Arc<dyn Tap> = Arc::new(Ear(recorder.clone()));
        self.media.tap(call.id.0, Some(ear.get_or_init(|| tap).clone()));
        self.live.insert(call.id, Take { recorder, is_paused: false, parties: known });
        Ok(())
    }

    fn pause(&mut self, call: &Call, pause: bool) -> crate::kernel::Result<()> {
        let Some(take) = self.live.get_mut(&call.id).filter(|take| take.is_paused != pause) else { return Ok(()) };
        take.is_paused = pause;
        match pause {
            true => take.recorder.pause(&call.recording.note, call.recording.by),
            false => take.recorder.resume(call.recording.by),
        }
    }

    /// Whoever came since it began.
    fn admit(&mut self, view: &CallView) -> crate::kernel::Result<()> {
        let Some(take) = self.live.get_mut(&view.call.id) else { return Ok(()) };
        for leg in heard(&view.call) {
            if take.parties.insert(leg.id) {
                self.runtime.block_on(self.recordings.join(&take.recorder, party(view, leg)))?;
            }
        }
        Ok(())
    }

    fn end(&mut self, call: CallId) {
        if let Some(take) = self.live.remove(&call) {
            self.media.tap(call.0, None);
            take.recorder.stop();
        }
    }
}

/// Those whose voice is in it.
fn heard(call: &Call) -> impl Iterator<Item = &Leg> {
    call.legs.iter().filter(|leg| leg.is_joined() && leg.role != Role::Listens)
}

fn party(view: &CallView, leg: &Leg) -> Party {
    let name = match leg.user {
        Some(user) => view.person(user).map(|person| person.name.clone()).unwrap_or_default(),
        None => view.customer_name.clone(),
    };
    Party { leg: leg.id, name, user: leg.user }
}

fn said_to_have_failed(db: &Db, clock: &Clock, call: CallId, why: &'static str) {
    let ctx = Ctx::system(clock.now());
    if let Err(error) = db.write_blocking(move |tx| rights::failed(tx, &ctx, call, why)) {
        tracing::error!(%call, %error, "that a recording failed could not be stored");
    }
}

/// Hands the media plane's packets on.
struct Ear(Recorder);

impl Tap for Ear {
    fn packet(&self, packet: &TapPacket<'_>) {
        let kind = match packet.kind {
            TrackKind::Mic => Kind::Mic,
            TrackKind::Camera => Kind::Camera,
            TrackKind::Screen => Kind::Screen,
        };
        let codec = match packet.codec {
            media::Codec::Opus => Codec::Opus,
            media::Codec::Vp8 => Codec::Vp8,
        };
        let TapPacket { leg, rtp_timestamp, sequence, marker, payload, arrived, .. } = *packet;
        self.0.packet(leg, kind, codec, rtp_timestamp, sequence, marker, payload, arrived);
    }

    fn gone(&self, leg: media::LegNo) {
        self.0.gone(leg);
    }
}
