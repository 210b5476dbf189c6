//! What is known of the appliance, and what administrators set.

use super::machine::{Disk, Process};
use super::rules::Rule;
use crate::db::Db;
use crate::hub::Hub;
use crate::kernel::figures::Family;
use crate::kernel::{Clock, Millis, Result, UserId};
use crate::post::Post;
use std::path::PathBuf;

/// Where the watch looks. The functions come from rooms that it must not know, or that may be absent.
pub struct Sources {
    pub data: PathBuf,
    pub db: Db,
    pub hub: Hub,
    pub clock: Clock,
    pub post: Post,
    pub certificate: Option<CertificateFacts>,
    /// `None`: no backups are made by schedule and none was made by hand.
    pub last_backup: Box<dyn Fn() -> Option<LastBackup> + Send + Sync>,
    /// How far an exchange of the root key is, if one is under way.
    pub exchange: Box<dyn Fn() -> Option<Exchange> + Send + Sync>,
    pub attachments: Box<dyn Fn() -> Result<(i64, i64)> + Send + Sync>,
    pub families: Box<dyn Fn() -> Vec<Family> + Send + Sync>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CertificateFacts {
    pub expires_at: Millis,
    /// By us: browsers warn anyway, and people compare its fingerprint.
    pub self_made: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastBackup {
    /// Of the last one that succeeded.
    pub good_at: Option<Millis>,
    /// Whether the very last one failed.
    pub failed: bool,
    /// 0: by hand only.
    pub every_ms: i64,
}

/// Of the root key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exchange {
    /// What is sealed anew just now: `store`, `search`, `files`, `keyslots`.
    pub step: &'static str,
    pub done: u64,
    /// 0: not counted yet.
    pub total: u64,
}

/// One look at everything.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sight {
    pub at: Millis,
    /// When the program began to serve.
    pub started_at: Millis,
    pub sockets: Vec<(&'static str, &'static str, i64)>,
    pub messages_per_s: f64,
    pub requests_per_s: f64,
    /// From a command's arrival until it was answered, 99 and 50 of a hundred.
    pub answer_p99_ms: Option<f64>,
    pub answer_p50_ms: Option<f64>,
    pub writer_waiting: u64,
    pub writer_waiting_max: u64,
    pub refused_per_minute: f64,
    pub store_in_trouble: bool,
    pub store_damage: u64,
    pub errors_per_minute: f64,
    pub sign_in_failures_per_minute: f64,
    pub search_behind_events: i64,
    pub search_behind_s: f64,
    pub disk: Option<Disk>,
    pub disk_full_in_days: Option<f64>,
    pub store_bytes: u64,
    pub search_bytes: u64,
    pub attachments: i64,
    pub attachment_bytes: i64,
    pub process: Process,
    pub cpu_percent: f64,
    /// The largest jump of the wall clock in the last minutes.
    pub clock_jump_s: f64,
    /// Problems of the last hour by their code, the commonest first.
    pub problems: Vec<(&'static str, u64)>,
    /// What opens the store lies beside it.
    pub master_key_in_data: bool,
    pub recovery_key_in_data: bool,
}

/// A raised alert. There is one at most of each rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Alert {
    pub rule: &'static Rule,
    pub began_at: Millis,
    pub value: f64,
    pub threshold: f64,
    pub resolved_at: Option<Millis>,
    pub acknowledged_at: Option<Millis>,
    pub acknowledged_by: Option<UserId>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    pub id: i64,
    pub url: String,
    /// What its messages are signed with.
    pub secret: String,
    pub created_at: Millis,
}
