//! What there is, and its proof.

use super::super::model::{Access, Deed, KEEPER, Recording};
use super::super::reading::Opened;
use super::super::{Recordings, commands, proof, queries};
use super::media;
use crate::db::Db;
use crate::http::Problem;
use crate::identity::api::SignedIn;
use crate::kernel::{Actor, CallId, Ctx, Error, LegId, RecordingId, Result};
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_recordings).service(get_recording).service(play_recording).service(export_recording);
    config.service(prove_recording).service(list_accesses);
}

/// A recording of a call.
#[derive(Serialize, ToSchema)]
#[schema(as = Recording)]
struct RecordingDto {
    #[schema(example = "rec_3")]
    id: String,
    #[schema(example = "call_9")]
    call: String,
    conversation: String,
    began_at: i64,
    /// Null: it goes on, or broke off and is being closed.
    ended_at: Option<i64>,
    /// `stopped`, `server_stopped`, `broken_off`, `disk_full`, `disk_failed`, `too_long`.
    end_reason: Option<&'static str>,
    duration_ms: i64,
    /// On the disk.
    bytes: i64,
    /// Whether there is anything to play.
    playable: bool,
    /// Whether you may take it out of the house and see who opened it.
    exportable: bool,
}

impl RecordingDto {
    fn new(recording: &Recording, ctx: &Ctx) -> Self {
        let ended = recording.ended;
        RecordingDto {
            id: recording.id.to_string(),
            call: recording.call.to_string(),
            conversation: recording.conversation.to_string(),
            began_at: recording.began_at.0,
            ended_at: ended.map(|ended| ended.at.0),
            end_reason: ended.map(|ended| ended.reason.as_str()),
            duration_ms: ended.map_or(0, |ended| ended.duration_ms),
            bytes: ended.map_or(0, |ended| ended.bytes),
            playable: ended.is_none_or(|ended| ended.duration_ms > 0),
            exportable: matches!(ctx.actor, Actor::User { role, .. } if role >= KEEPER),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct RecordingList {
    items: Vec<RecordingDto>,
}

/// A recording and what is in it.
#[derive(Serialize, ToSchema)]
struct RecordingDetails {
    #[serde(flatten)]
    recording: RecordingDto,
    tracks: Vec<TrackDto>,
    pauses: Vec<PauseDto>,
    /// Up to here it can be played: `media?segments=` keeps it as it is now while it goes on.
    segments: usize,
    /// Of what there is so far.
    recorded_ms: u64,
}

/// What one party sent.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordingTrack)]
struct TrackDto {
    number: u8,
    #[schema(example = "leg_7")]
    leg: String,
    name: String,
    /// `agent` or `customer`.
    side: String,
    /// `mic`, `camera`, `screen`.
    source: String,
    from_ms: Option<u64>,
    until_ms: u64,
    width: Option<u16>,
    height: Option<u16>,
}

/// Nothing was recorded for a while.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordingPause)]
struct PauseDto {
    /// Its place in the recording.
    at_ms: u64,
    paused_at: i64,
    resumed_at: Option<i64>,
    reason: String,
}

fn details(recording: RecordingDto, opened: &Opened) -> RecordingDetails {
    let contents = &opened.contents;
    let track = |track: &super::super::contents::TrackRow| {
        let party = contents.parties.iter().find(|party| party.leg == track.leg);
        let (width, height) = track.size.unzip();
        TrackDto {
            number: track.number,
            leg: LegId(track.leg).to_string(),
            name: party.map(|party| party.name.clone()).unwrap_or_default(),
            side: party.map(|party| party.side.clone()).unwrap_or_default(),
            source: track.source.clone(),
            from_ms: track.from_ms,
            until_ms: track.until_ms,
            width,
            height,
        }
    };
    let pause = |mark: &super::super::contents::Mark| PauseDto {
        at_ms: mark.at_ms,
        paused_at: mark.paused_at,
        resumed_at: mark.resumed_at,
        reason: mark.reason.clone(),
    };
    RecordingDetails {
        recording,
        tracks: contents.tracks.iter().map(track).collect(),
        pauses: contents.marks.iter().map(pause).collect(),
        segments: contents.segments.len(),
        recorded_ms: contents.duration_ms(),
    }
}

/// The recordings of a call that you may play.
#[utoipa::path(tag = "recordings", responses((status = 200, body = RecordingList)))]
#[get("/calls/{id}/recordings")]
async fn list_recordings(caller: SignedIn, db: Data<Db>, call: Path<String>) -> Result<Json<RecordingList>, Problem> {
    let (ctx, call): (Ctx, CallId) = (caller.ctx, call.parse()?);
    let found = db.read(move |snapshot| queries::list_of_call(snapshot, &ctx, call)).await?;
    Ok(Json(RecordingList { items: found.iter().map(|recording| RecordingDto::new(recording, &ctx)).collect() }))
}

/// What is in a recording.
#[utoipa::path(tag = "recordings", responses((status = 200, body = RecordingDetails)))]
#[get("/recordings/{id}")]
async fn get_recording(
    caller: SignedIn,
    db: Data<Db>,
    recordings: Data<Recordings>,
    id: Path<String>,
) -> Result<Json<RecordingDetails>, Problem> {
    let (ctx, id): (Ctx, RecordingId) = (caller.ctx, id.parse()?);
    let found = db.read(move |snapshot| queries::get(snapshot, &ctx, id, Deed::Played)).await?;
    let dto = RecordingDto::new(&found, &ctx);
    let opened = media::blocking(move || recordings.read(&found)).await?;
    Ok(Json(details(dto, &opened)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Only these tracks: `1,2`. Without: all.
    tracks: Option<String>,
    /// Only so many seconds from the beginning, as `segments` said: what goes on stays the same file.
    segments: Option<usize>,
}

impl Part {
    fn tracks(&self) -> Result<Option<Vec<u8>>> {
        let Some(list) = &self.tracks else { return Ok(None) };
        let tracks: Result<Vec<u8>, _> = list.split(',').map(str::parse).collect();
        tracks.map(Some).map_err(|_| Error::invalid("tracks", "invalid"))
    }
}

/// A recording as a file, or a part of it (`Range`). That you opened it is on record before its first byte goes out.
#[utoipa::path(tag = "recordings", params(Part),
    responses((status = 200, content_type = "video/webm", body = Vec<u8>)))]
#[get("/recordings/{id}/media")]
async fn play_recording(
    caller: SignedIn,
    request: HttpRequest,
    recordings: Data<Recordings>,
    db: Data<Db>,
    id: Path<String>,
    part: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let (id, tracks) = (id.parse()?, part.tracks()?);
    let recording = on_record(&db, caller.ctx, id, Deed::Played).await?;
    let running = recording.ended.is_none();
    let opened = media::blocking({
        let (recordings, recording) = (recordings.clone(), recording.clone());
        move || recordings.read(&recording)
    })
    .await?;
    let segments = part.segments.or_else(|| running.then_some(opened.contents.segments.len()));
    let name = format!("{id}-{}-{}", part.tracks.as_deref().unwrap_or("all"), segments.unwrap_or(0));
    let showing = opened.show(tracks, segments);
    media::serve(showing, &recording, &request, &name, None)
}

/// The whole recording, to take away: a WebM with everybody's tracks. [`prove_recording`] gives what proves it.
#[utoipa::path(tag = "recordings", responses((status = 200, content_type = "video/webm", body = Vec<u8>)))]
#[get("/recordings/{id}/export")]
async fn export_recording(
    caller: SignedIn,
    request: HttpRequest,
    recordings: Data<Recordings>,
    db: Data<Db>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: RecordingId = id.parse()?;
    let recording = on_record(&db, caller.ctx, id, Deed::Exported).await?;
    require_ended(&recording)?;
    let opened = media::blocking({
        let recording = recording.clone();
        move || recordings.read(&recording)
    })
    .await?;
    media::serve(opened.show(None, None), &recording, &request, &format!("{id}-export"), Some(&format!("{id}.webm")))
}

/// The hash chain and signatures: `parlor recording verify FILE PROOF` holds a file against it, anywhere.
#[utoipa::path(tag = "recordings", responses((status = 200, body = Object)))]
#[get("/recordings/{id}/proof")]
async fn prove_recording(
    caller: SignedIn,
    recordings: Data<Recordings>,
    db: Data<Db>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: RecordingId = id.parse()?;
    let recording = on_record(&db, caller.ctx, id, Deed::Proof).await?;
    require_ended(&recording)?;
    let text = media::blocking(move || {
        let links = recordings.read(&recording)?.links()?;
        proof::text(&recordings.signing_key()?, &links)
    })
    .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.proof.json\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

#[derive(Serialize, ToSchema)]
struct AccessList {
    items: Vec<AccessDto>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecordingAccess)]
struct AccessDto {
    user: String,
    at: i64,
    /// `played`, `exported`, `proof`.
    deed: &'static str,
}

impl From<Access> for AccessDto {
    fn from(access: Access) -> Self {
        AccessDto { user: access.user.to_string(), at: access.at.0, deed: access.deed.as_str() }
    }
}

/// Who opened a recording when, the newest first. Supervisors.
#[utoipa::path(tag = "recordings", responses((status = 200, body = AccessList)))]
#[get("/recordings/{id}/accesses")]
async fn list_accesses(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<AccessList>, Problem> {
    let (ctx, id): (Ctx, RecordingId) = (caller.ctx, id.parse()?);
    let found = db.read(move |snapshot| queries::accesses(snapshot, &ctx, id)).await?;
    Ok(Json(AccessList { items: found.into_iter().map(AccessDto::from).collect() }))
}

/// Who opens it is written down and synced first. A player asks for many parts: only the first of them is a command.
async fn on_record(db: &Db, ctx: Ctx, id: RecordingId, deed: Deed) -> Result<Recording> {
    let known = db.read(move |snapshot| {
        let recording = queries::get(snapshot, &ctx, id, deed)?;
        Ok((queries::is_open(snapshot, &ctx, id, deed)?, recording))
    });
    match known.await? {
        (true, recording) => Ok(recording),
        (false, _) => db.write(move |tx| commands::open(tx, &ctx, id, deed)).await,
    }
}

fn require_ended(recording: &Recording) -> Result<()> {
    match recording.ended {
        Some(ended) if ended.index.is_some() => Ok(()),
        Some(_) => Err(Error::conflict("recording.empty", "Nothing was recorded.")),
        None => {
            Err(Error::conflict("recording.running", "This recording goes on: it can be taken out once it has ended."))
        }
    }
}
