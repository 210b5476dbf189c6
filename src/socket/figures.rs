//! How many lines are open, by who is at them and what carries them.

use super::Side;
use crate::kernel::figures::{Family, Level, Reading};

#[derive(Clone, Copy)]
pub(super) enum Carrier {
    WebSocket,
    Http,
}

static LINES: [[Level; 2]; 2] = [const { [const { Level::new() }; 2] }; 2];

pub(super) fn lines(side: Side, carrier: Carrier) -> &'static Level {
    &LINES[side as usize][carrier as usize]
}

/// Side, carrier, and how many.
pub fn open() -> Vec<(&'static str, &'static str, i64)> {
    let carriers = [(Carrier::WebSocket, "websocket"), (Carrier::Http, "http")];
    let of = |side: Side| carriers.map(|(carrier, name)| (side.as_str(), name, lines(side, carrier).get()));
    [Side::Agent, Side::Visitor].into_iter().flat_map(of).collect()
}

pub fn families() -> Vec<Family> {
    let reading = |(side, carrier, open): (&str, &str, i64)| {
        let labels = vec![("side", side.to_owned()), ("carrier", carrier.to_owned())];
        (labels, Reading::Level(open as f64))
    };
    let readings = open().into_iter().map(reading).collect();
    vec![Family { name: "parlor_sockets", help: "Open lines that have said who they are", readings }]
}
