//! Visitors at the doors: who they are, the REST routes, the socket frames.

mod door;
mod frames;
mod prechat;
mod reception;
mod rest;

pub use door::{NewVisitors, Visiting, VisitorUploads, door};
pub use frames::{page_frame, send_frame, typing_frame};
pub use rest::routes;
