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

pub fn families() -> Vec<Family> {
    let mut readings = Vec::new();
    for side in [Side::Agent, Side::Visitor] {
        for (carrier, name) in [(Carrier::WebSocket, "websocket"), (Carrier::Http, "http")] {
            let labels = vec![("side", side.as_str().to_owned()), ("carrier", name.to_owned())];
            readings.push((labels, Reading::Level(lines(side, carrier).get() as f64)));
        }
    }
    vec![Family { name: "parlor_sockets", help: "Open lines that have said who they are", readings }]
}
