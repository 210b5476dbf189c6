//! The picture of this moment, and of the last hour.

use super::administrator;
use crate::http::Problem;
use crate::identity::SignedIn;
use crate::watch::history::Point;
use crate::watch::model::{Exchange, LastBackup, Sight, Sources};
use crate::watch::{Alerts, Pulse};
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct StatusDto {
    /// When this was seen; 0 before the first look.
    at: i64,
    version: &'static str,
    commit: &'static str,
    started_at: i64,
    sockets: Vec<SocketsDto>,
    messages_per_s: f64,
    requests_per_s: f64,
    /// Of the last ten seconds; null if nobody wrote.
    answer_p50_ms: Option<f64>,
    answer_p99_ms: Option<f64>,
    writer_waiting: u64,
    writer_waiting_max: u64,
    refused_per_minute: f64,
    errors_per_minute: f64,
    /// Of the last hour, by their code.
    problems: Vec<ProblemsDto>,
    search_behind_events: i64,
    search_behind_s: f64,
    disk: Option<DiskDto>,
    store_bytes: u64,
    search_bytes: u64,
    attachments: i64,
    attachment_bytes: i64,
    memory_bytes: u64,
    memory_max_bytes: u64,
    cpu_percent: f64,
    descriptors: u64,
    descriptors_max: u64,
    /// Null if none is scheduled and none was made.
    backup: Option<BackupDto>,
    /// Null where a proxy speaks TLS, or nobody.
    certificate: Option<CertificateDto>,
    keys: KeysDto,
    /// Alerts that are raised.
    alerts: usize,
}

#[derive(Serialize, ToSchema)]
struct SocketsDto {
    /// `agent`, `visitor`
    side: &'static str,
    /// `websocket`, `http`
    carrier: &'static str,
    open: i64,
}

#[derive(Serialize, ToSchema)]
struct ProblemsDto {
    code: &'static str,
    count: u64,
}

#[derive(Serialize, ToSchema)]
struct DiskDto {
    free_bytes: u64,
    total_bytes: u64,
    /// If it goes on as in the last hour; null if it does not fill or that cannot be told yet.
    full_in_days: Option<f64>,
}

#[derive(Serialize, ToSchema)]
struct BackupDto {
    /// The last good one.
    good_at: Option<i64>,
    /// Whether the very last one failed.
    failed: bool,
    /// 0: by hand only.
    every_ms: i64,
}

#[derive(Serialize, ToSchema)]
struct CertificateDto {
    expires_at: i64,
    self_made: bool,
}

#[derive(Serialize, ToSchema)]
struct KeysDto {
    /// The master key lies in the data folder: who copies that can read it.
    master_key_in_data: bool,
    /// The recovery key still lies there.
    recovery_key_in_data: bool,
    /// Null unless everything is being sealed under another root key.
    exchange: Option<ExchangeDto>,
}

#[derive(Serialize, ToSchema)]
struct ExchangeDto {
    /// `store`, `search`, `files`, `keyslots`, in this order.
    step: &'static str,
    /// Of this step.
    done: u64,
    /// 0 before it is counted.
    total: u64,
}

fn status(sight: Sight, started_at: i64, sources: &Sources, alerts: usize) -> StatusDto {
    let sockets = sight.sockets.iter().map(|&(side, carrier, open)| SocketsDto { side, carrier, open });
    let problems = sight.problems.iter().map(|&(code, count)| ProblemsDto { code, count });
    let backup = (sources.last_backup)().map(|LastBackup { good_at, failed, every_ms }| BackupDto {
        good_at: good_at.map(|at| at.0),
        failed,
        every_ms,
    });
    StatusDto {
        at: sight.at.0,
        version: env!("CARGO_PKG_VERSION"),
        commit: env!("PARLOR_COMMIT"),
        started_at,
        sockets: sockets.collect(),
        messages_per_s: sight.messages_per_s,
        requests_per_s: sight.requests_per_s,
        answer_p50_ms: sight.answer_p50_ms,
        answer_p99_ms: sight.answer_p99_ms,
        writer_waiting: sight.writer_waiting,
        writer_waiting_max: sight.writer_waiting_max,
        refused_per_minute: sight.refused_per_minute,
        errors_per_minute: sight.errors_per_minute,
        problems: problems.collect(),
        search_behind_events: sight.search_behind_events,
        search_behind_s: sight.search_behind_s,
        disk: sight.disk.map(|disk| DiskDto {
            free_bytes: disk.free_bytes,
            total_bytes: disk.total_bytes,
            full_in_days: sight.disk_full_in_days,
        }),
        store_bytes: sight.store_bytes,
        search_bytes: sight.search_bytes,
        attachments: sight.attachments,
        attachment_bytes: sight.attachment_bytes,
        memory_bytes: sight.process.memory_bytes,
        memory_max_bytes: sight.process.memory_max_bytes,
        cpu_percent: sight.cpu_percent,
        descriptors: sight.process.descriptors,
        descriptors_max: sight.process.descriptors_max,
        backup,
        certificate: sources
            .certificate
            .map(|facts| CertificateDto { expires_at: facts.expires_at.0, self_made: facts.self_made }),
        keys: KeysDto {
            master_key_in_data: sight.master_key_in_data,
            recovery_key_in_data: sight.recovery_key_in_data,
            exchange: (sources.exchange)().map(|Exchange { step, done, total }| ExchangeDto { step, done, total }),
        },
        alerts,
    }
}

/// How the server is just now. Administrators.
#[utoipa::path(tag = "status", responses((status = 200, body = StatusDto)))]
#[get("/status")]
pub async fn get_status(
    caller: SignedIn,
    pulse: Data<Pulse>,
    alerts: Data<Alerts>,
) -> Result<Json<StatusDto>, Problem> {
    administrator(&caller)?;
    Ok(Json(status(pulse.sight(), pulse.started_at().0, pulse.sources(), alerts.raised().len())))
}

#[derive(Serialize, ToSchema)]
struct HistoryDto {
    /// One each ten seconds of the last hour at most, oldest first.
    points: Vec<PointDto>,
}

#[derive(Serialize, ToSchema)]
struct PointDto {
    at: i64,
    sockets: f64,
    messages_per_s: f64,
    answer_p99_ms: f64,
    writer_waiting: f64,
    errors_per_minute: f64,
    memory_bytes: f64,
    cpu_percent: f64,
    disk_free_bytes: f64,
}

impl From<Point> for PointDto {
    fn from(point: Point) -> Self {
        PointDto {
            at: point.at.0,
            sockets: point.sockets,
            messages_per_s: point.messages_per_s,
            answer_p99_ms: point.answer_p99_ms,
            writer_waiting: point.writer_waiting,
            errors_per_minute: point.errors_per_minute,
            memory_bytes: point.memory_bytes,
            cpu_percent: point.cpu_percent,
            disk_free_bytes: point.disk_free_bytes,
        }
    }
}

/// How it was in the last hour. Administrators.
#[utoipa::path(tag = "status", responses((status = 200, body = HistoryDto)))]
#[get("/status/history")]
pub async fn get_history(caller: SignedIn, pulse: Data<Pulse>) -> Result<Json<HistoryDto>, Problem> {
    administrator(&caller)?;
    Ok(Json(HistoryDto { points: pulse.history().into_iter().map(PointDto::from).collect() }))
}
