//! What this domain adds to the program.

use super::{Recordings, api, upkeep};
use crate::jobs::Timer;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn timers(recordings: &Recordings) -> Vec<Timer> {
    upkeep::timers(recordings)
}
