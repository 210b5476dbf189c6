//! What this domain adds to the program.

use super::{Files, api, purge};
use crate::db::Db;
use crate::jobs::Timer;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn timers(db: &Db, files: &Files) -> Vec<Timer> {
    purge::timers(db, files)
}
