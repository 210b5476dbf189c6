//! The one offer and the one answer (RFC 8829), as far as a call of ours needs them.

mod answer;
mod offer;
#[cfg(test)]
mod tests;

pub use answer::{ABS_SEND_TIME, Answer, Down, MID, OPUS, TRANSPORT_CC, VP8};
pub use offer::{Direction, Offer, Section, Sort};
