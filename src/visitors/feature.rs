//! What this door adds to the program.

use super::api;
use crate::channels;
use crate::conversations::api::frames;
use crate::db::Db;
use crate::kernel::{Error, Result};
use crate::socket::{FrameKind, Side};
use actix_web::HttpRequest;
use actix_web::web::Data;
use futures_util::future::LocalBoxFuture;
use utoipa_actix_web::service_config::ServiceConfig;

pub use api::{NewVisitors, VisitorUploads, door};

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn frame_kinds() -> Vec<FrameKind> {
    vec![
        FrameKind::new(Side::Visitor, "send", api::send_frame),
        FrameKind::new(Side::Visitor, "mark", frames::mark),
        FrameKind::new(Side::Visitor, "typing", api::typing_frame),
        FrameKind::new(Side::Visitor, "page", api::page_frame),
    ]
}

/// The sites whose pages may show this channel's chat; for the chat page's policy.
pub fn frame_ancestors(request: &HttpRequest, key: &str) -> LocalBoxFuture<'static, Result<Vec<String>>> {
    let db = request.app_data::<Data<Db>>().cloned();
    let key = key.to_owned();
    Box::pin(async move {
        let db = db.ok_or_else(|| Error::internal("no store in the application's data"))?;
        let found = db.read(move |snapshot| channels::queries::find_active_by_key(snapshot, &key)).await?;
        Ok(found.map(|channel| channel.settings.origins).unwrap_or_default())
    })
}
