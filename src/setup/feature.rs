//! What this domain brings to the program.

use super::api;
use utoipa_actix_web::service_config::ServiceConfig;

/// Below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(api::state).service(api::set_up);
}
