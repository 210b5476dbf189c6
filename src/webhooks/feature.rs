//! What webhooks add to the program.

use super::{Courier, api};
use actix_web::web::{self, Data};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

/// What handlers ask for.
pub fn data(config: &mut web::ServiceConfig, courier: &Courier) {
    config.app_data(Data::new(courier.clone()));
}
