//! What the watch adds to the program.

use super::{Watch, api};
use crate::http::server::healthz;
use actix_web::web::{self, Data};
use utoipa_actix_web::service_config::ServiceConfig;

/// Below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(api::status::get_status).service(api::status::get_history);
    config.service(api::alerts::list_alerts).service(api::alerts::raised_alerts).service(api::alerts::acknowledge);
    config.service(api::rules::list_rules).service(api::rules::change_rule);
    config.service(api::webhooks::list_webhooks).service(api::webhooks::create_webhook);
    config.service(api::webhooks::delete_webhook).service(api::webhooks::test_webhook);
}

/// Below `/`.
pub fn public_routes(config: &mut ServiceConfig<'_>) {
    config.service(api::machines::readyz).service(api::machines::metrics);
}

/// What handlers ask for.
pub fn data(config: &mut web::ServiceConfig, watch: &Watch) {
    config
        .app_data(Data::new(watch.pulse.clone()))
        .app_data(Data::new(watch.alerts.clone()))
        .app_data(Data::new(watch.metrics.clone()))
        .app_data(Data::new(watch.readiness.clone()));
}

/// What a port of its own on this machine answers, to whoever is on the machine.
pub fn local_routes(config: &mut web::ServiceConfig) {
    config.route("/metrics", web::get().to(api::machines::local_metrics));
    config.service(api::machines::readyz).service(healthz);
}
