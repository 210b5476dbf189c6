//! What visitors are told of it.

use super::Reception;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Reception)]
pub struct ReceptionDto {
    /// By the channel's hours.
    pub open: bool,
    /// Open, and somebody may answer now.
    pub here: bool,
    /// When it opens again; `null`: it is open, or nobody knows.
    pub opens_at: Option<i64>,
    /// When it closes; `null`: it is closed, or not soon.
    pub closes_at: Option<i64>,
    /// The one that holds now.
    pub greeting: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QueuePlace)]
pub struct QueueDto {
    /// So many wait before you, from 5 on at least so many; `null`: you do not wait.
    pub ahead: Option<usize>,
}

impl From<Reception> for ReceptionDto {
    fn from(reception: Reception) -> Self {
        ReceptionDto {
            open: reception.open,
            here: reception.here,
            opens_at: reception.opens_at.map(|at| at.0),
            closes_at: reception.closes_at.map(|at| at.0),
            greeting: reception.greeting,
        }
    }
}
