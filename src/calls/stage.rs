//! Where calls are played: follows the committed events, and has the media plane do what they say.
//!
//! What a page sees and hears follows from the last committed state of its call and from nothing else. What becomes of a line comes
//! back as a command of the program's own.

use super::api::wire::{IceServerDto, SlotDto};
use super::events::CallUpdated;
use super::floor::{Seat, Seats};
use super::lifecycle::{Caps, over};
use super::lines::{self, Line};
use super::model::{LegState, Role};
use super::quality::{self, Measures};
use super::queries::CallView;
use super::strokes::{self, Reach, Stroke};
use super::studio::Studio;
use super::{Settings, figures};
use crate::channels;
use crate::db::Db;
use crate::hub::{Audience, Hub};
use crate::identity;
use crate::kernel::figures::Family;
use crate::kernel::{CallId, Clock, Ctx, Error, ErrorKind, LegId, Millis, Published, Result};
use crate::media::{self, LegQuality, LegRole, Media, MediaError, Shown, Told};
use crate::recording::Recordings;
use parking_lot::Mutex;
use serde_json::json;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Cheap to clone.
#[derive(Clone)]
pub struct Stage(Arc<Inner>);

struct Inner {
    caps: Caps,
    /// `None`: this server has no calls.
    media: Option<Media>,
    /// With the media plane, or not at all.
    studio: Option<Studio>,
    db: Db,
    hub: Hub,
    scenes: Mutex<Scenes>,
    rights_changed: AtomicBool,
}

#[derive(Default)]
struct Scenes {
    live: HashMap<CallId, Scene>,
    /// How the lines of ended calls were, until it is stored.
    measured: Vec<(CallId, Vec<LegQuality>)>,
}

/// A call that is played.
struct Scene {
    view: CallView,
    pages: HashMap<LegId, Page>,
}

/// What one participant sees.
#[derive(Default)]
struct Page {
    seats: Seats,
    shown: Vec<Seat>,
    told: Vec<SlotDto>,
}

fn disabled() -> Error {
    Error::new(ErrorKind::Unavailable, "call.disabled", "This server has no calls.")
}

/// What is played, and on what.
pub struct Means<'a> {
    pub settings: &'a Settings,
    /// `None`: no port is opened.
    pub media: Option<media::Settings>,
    pub recordings: &'a Recordings,
    pub db: &'a Db,
    pub hub: &'a Hub,
    pub clock: &'a Clock,
}

impl Stage {
    pub fn start(means: Means<'_>) -> io::Result<Stage> {
        let Means { settings, media, recordings, db, hub, clock } = means;
        let told = {
            let (db, clock) = (db.clone(), clock.clone());
            move |told| line_changed(&db, &clock, told)
        };
        let media = media.map(|settings| Media::start(settings, told)).transpose()?;
        let record = |media: &Media| Studio::start(media.clone(), recordings.clone(), db.clone(), clock.clone());
        let studio = media.as_ref().map(record).transpose()?;
        let (db, hub, scenes) = (db.clone(), hub.clone(), Mutex::default());
        let (caps, rights_changed) = (settings.caps(), AtomicBool::default());
        let stage = Stage(Arc::new(Inner { caps, media, studio, db, hub, scenes, rights_changed }));
        let (follower, events) = (stage.clone(), stage.0.db.bus().subscribe());
        std::thread::Builder::new().name("calls".into()).spawn(move || {
            for batch in events {
                for published in batch.iter() {
                    match published.get::<CallUpdated>() {
                        Some(event) => follower.follow(&event.view),
                        None => follower.heed(published),
                    }
                }
            }
        })?;
        Ok(stage)
    }

    pub fn caps(&self) -> Result<Caps> {
        self.media().map(|_| self.0.caps)
    }

    pub fn figures(&self) -> Vec<Family> {
        let media = self.0.media.iter().flat_map(Media::figures);
        figures::families().into_iter().chain(media).collect()
    }

    pub fn stop(&self) {
        self.0.media.iter().for_each(Media::stop);
    }

    fn media(&self) -> Result<&Media> {
        self.0.media.as_ref().ok_or_else(disabled)
    }

    /// Answers an offer of a leg that may have a line.
    pub async fn join(&self, view: &CallView, leg: LegId, offer: String) -> Result<String> {
        let media = self.media()?;
        let role = match view.call.leg(leg).map(|leg| leg.role) {
            Some(Role::Talks | Role::Whispers) => LegRole::Talks,
            Some(Role::Listens) => LegRole::Listens,
            None => return Err(over()),
        };
        media.join(view.call.id.0, leg.0, role, offer).await.map_err(|error| match error {
            MediaError::Offer(what) => Error::invalid("offer", "invalid").because(what),
            MediaError::CallsFull => {
                let detail = "As many calls as this server carries are under way.";
                Error::new(ErrorKind::Unavailable, "call.full", detail).retry_after(30)
            }
            MediaError::LegsFull => Error::conflict("call.too_many", "As many take part as this call has places for."),
            MediaError::Stopped => Error::unavailable("media are stopped"),
        })
    }

    /// Ends a line that nobody should have.
    pub fn leave(&self, call: CallId, leg: LegId) {
        self.0.media.iter().for_each(|media| media.leave(call.0, leg.0));
    }

    /// Who is in which place of somebody's page, by the newest state that is known.
    pub fn slots(&self, view: &CallView, leg: LegId) -> Vec<SlotDto> {
        let mut scenes = self.0.scenes.lock();
        let known = scenes.live.get_mut(&view.call.id);
        match known.filter(|scene| scene.view.call.position >= view.call.position) {
            Some(scene) => scene.pages.get(&leg).map(|page| page.told.clone()).unwrap_or_default(),
            // Its event is on the way to us; what is shown follows, and is told.
            None => look(view, leg, &mut Page::default()).1,
        }
    }

    /// Where a stroke goes, by the newest state that is known here; `None`: the store has to say whether it may.
    pub fn reach(&self, ctx: &Ctx, id: CallId, stroke: &Stroke) -> Option<Reach> {
        let scenes = self.0.scenes.lock();
        strokes::reach(&scenes.live.get(&id)?.view.call, ctx, stroke).ok()
    }

    /// People's rights changed: whoever may not be in a call any more may be in one still.
    pub(super) fn doubt(&self) {
        self.0.rights_changed.store(true, Ordering::Relaxed);
    }

    /// The calls to be looked at for that, once.
    pub(super) fn take_doubtful(&self) -> Vec<CallId> {
        if !self.0.rights_changed.swap(false, Ordering::Relaxed) {
            return Vec::new();
        }
        self.0.scenes.lock().live.keys().copied().collect()
    }

    pub fn ice(&self, call: CallId, leg: LegId) -> Result<IceServerDto> {
        let server = self.media()?.ice(call.0, leg.0);
        Ok(IceServerDto { urls: server.urls, username: server.username, credential: server.credential })
    }

    fn heed(&self, published: &Published) {
        let kind = published.event.kind();
        if [channels::events::ACCESS_CHANGED, identity::events::ACCESS_CHANGED, identity::events::USER_UPDATED]
            .contains(&kind)
        {
            self.doubt();
        }
    }

    fn follow(&self, view: &CallView) {
        let call = &view.call;
        self.0.studio.iter().for_each(|studio| studio.follow(view));
        let mut scenes = self.0.scenes.lock();
        let before = scenes.live.get(&call.id).map(|scene| scene.view.call.state);
        if call.state.is_over() {
            scenes.live.remove(&call.id);
            if let Some(media) = &self.0.media {
                let measured = media.quality(call.id.0);
                media.close(call.id.0);
                scenes.measured.push((call.id, measured));
            }
        } else {
            let new = || Scene { view: view.clone(), pages: HashMap::new() };
            let scene = scenes.live.entry(call.id).or_insert_with(new);
            scene.view = view.clone();
            self.play(scene);
        }
        let live = scenes.live.len();
        drop(scenes);
        figures::note(before, call, live);
    }

    /// Everybody's page becomes what the call's state says.
    fn play(&self, scene: &mut Scene) {
        let (view, pages) = (&scene.view, &mut scene.pages);
        for leg in &view.call.legs {
            if leg.state == LegState::Left {
                if pages.remove(&leg.id).is_some() {
                    self.leave(view.call.id, leg.id);
                }
            } else if leg.is_in() {
                let page = pages.entry(leg.id).or_default();
                let (shown, told) = look(view, leg.id, page);
                if shown != page.shown {
                    self.show(view.call.id, leg.id, &shown);
                    page.shown = shown;
                }
                if told != page.told {
                    page.told = told;
                    self.tell_slots(view, leg.id, &page.told);
                }
            }
        }
    }

    fn show(&self, call: CallId, leg: LegId, seats: &[Seat]) {
        let shown = |seat: &Seat| {
            let Seat { slot, of, camera, screen, audio } = *seat;
            Shown { slot, of: of.0, camera, screen, audio }
        };
        self.0.media.iter().for_each(|media| media.show(call.0, leg.0, seats.iter().map(shown).collect()));
    }

    fn tell_slots(&self, view: &CallView, leg: LegId, slots: &[SlotDto]) {
        let Some(of) = view.call.leg(leg) else { return };
        let body = json!({"call": view.call.id.to_string(), "leg": leg.to_string(), "slots": slots}).to_string();
        match of.user {
            Some(user) => self.0.hub.tell("call.slots", Audience::User(user), Some(&body), None),
            None => {
                let customer = Some((view.call.customer, body));
                self.0.hub.tell("call.slots", Audience::Channel(view.call.channel), None, customer);
            }
        }
    }

    /// How lines are goes into the store: of ended calls once, of others now and then.
    pub(super) fn store_quality(&self, now: Millis, with_live: bool) -> Result<()> {
        let Some(media) = &self.0.media else { return Ok(()) };
        let mut scenes = self.0.scenes.lock();
        let mut measured = std::mem::take(&mut scenes.measured);
        if with_live {
            measured.extend(scenes.live.keys().map(|call| (*call, media.quality(call.0))));
        }
        drop(scenes);
        for (call, legs) in measured {
            let all: Vec<(LegId, Measures)> = legs.iter().map(|leg| (LegId(leg.leg), Measures::from(leg))).collect();
            let ctx = Ctx::system(now);
            self.0.db.write_blocking(move |tx| quality::measured(tx, &ctx, call, &all))?;
        }
        Ok(())
    }
}

/// What a page shows by the state of its call, and what is said of it.
fn look(view: &CallView, leg: LegId, page: &mut Page) -> (Vec<Seat>, Vec<SlotDto>) {
    let Some(viewer) = view.call.leg(leg) else { return Default::default() };
    let shown = page.seats.seat(&view.call, &view.policy, viewer);
    let told = shown.iter().filter_map(|seat| SlotDto::new(view, seat)).collect();
    (shown, told)
}

/// On the media plane's own thread, which waits.
fn line_changed(db: &Db, clock: &Clock, told: Told) {
    let (call, leg, line) = match told {
        Told::Connected { call, leg } => (call, leg, Line::Open),
        Told::Interrupted { call, leg } | Told::Lost { call, leg } => (call, leg, Line::Broken),
        // What somebody sends they say themselves.
        Told::Publishing { .. } => return,
    };
    let ctx = Ctx::system(clock.now());
    let (call, leg) = (CallId(call), LegId(leg));
    let done = db.write_blocking(move |tx| lines::changed(tx, &ctx, call, leg, line));
    if let Err(error) = done {
        tracing::error!(%call, %leg, %error, "what became of a line could not be stored");
    }
}

impl From<&LegQuality> for Measures {
    fn from(leg: &LegQuality) -> Self {
        let scaled = |value: f32, scale: f64| (f64::from(value) * scale) as i64;
        Measures {
            loss_up: scaled(leg.loss_up, 1e6),
            loss_down: scaled(leg.loss_down, 1e6),
            jitter_us: scaled(leg.jitter_ms, 1e3),
            rtt_us: scaled(leg.rtt_ms, 1e3),
            kbit_up: scaled(leg.kbit_up, 1.0),
            kbit_down: scaled(leg.kbit_down, 1.0),
            freezes: i64::from(leg.freezes),
            packets: leg.packets_up.saturating_add(leg.packets_down) as i64,
        }
    }
}
