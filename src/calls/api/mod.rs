//! Calls at the doors: the agents' routes, the visitors', and what both share.

mod agents;
mod bodies;
mod both;
pub mod frames;
mod rates;
mod visitors;
pub mod wire;

pub use rates::CallRates;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    agents::routes(config);
    visitors::routes(config);
}
