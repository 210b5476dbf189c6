//! What every line works with.

use super::{Door, FindMissed, Frames, Lines, Rates, Seats, lines, websocket};
use crate::db::Db;
use crate::http::Limits;
use crate::hub::Hub;
use crate::kernel::Clock;
use actix_web::web;
use std::sync::Arc;

#[derive(Clone)]
pub struct Exchange {
    pub doors: Arc<[Door]>,
    pub frames: Arc<Frames>,
    /// What domains add to the replay of those who are told their own rows alone.
    pub own: Arc<[FindMissed]>,
    pub db: Db,
    pub hub: Hub,
    pub clock: Clock,
    pub limits: web::Data<Limits>,
    pub rates: web::Data<Rates>,
    pub seats: Seats,
    pub lines: Lines,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/socket", web::get().to(websocket::open))
        .route("/api/v1/line/stream", web::post().to(lines::stream))
        .route("/api/v1/line/poll", web::post().to(lines::poll))
        .route("/api/v1/line/frames", web::post().to(lines::frames));
}
