//! What media count.

use crate::kernel::figures::{Count, Family, Level};

pub struct Figures {
    pub(super) calls: Level,
    pub(super) legs: Level,
    pub(super) streams: Level,
    pub(super) relays: Level,
    pub(super) packets_in: Count,
    pub(super) packets_out: Count,
    pub(super) bytes_in: Count,
    pub(super) bytes_out: Count,
    /// Datagrams that are no message, or come from nobody we know.
    pub(super) strange: Count,
    /// What did not fit a queue or a socket's buffer.
    pub(super) dropped: Count,
    /// Asked of browsers again; sent to them again; key frames asked for.
    pub(super) missed: Count,
    pub(super) asked: Count,
    pub(super) resent: Count,
    pub(super) key_frames: Count,
    /// Calls, legs, relays and streams that a limit turned away.
    pub(super) refused: Count,
}

pub static FIGURES: Figures = Figures {
    calls: Level::new(),
    legs: Level::new(),
    streams: Level::new(),
    relays: Level::new(),
    packets_in: Count::new(),
    packets_out: Count::new(),
    bytes_in: Count::new(),
    bytes_out: Count::new(),
    strange: Count::new(),
    dropped: Count::new(),
    missed: Count::new(),
    asked: Count::new(),
    resent: Count::new(),
    key_frames: Count::new(),
    refused: Count::new(),
};

pub fn families() -> Vec<Family> {
    let f = &FIGURES;
    let level = |name, help, level: &Level| Family::level(name, help, level.get() as f64);
    let count = |name, help, count: &Count| Family::count(name, help, count.get());
    vec![
        level("parlor_media_calls", "Calls with at least one leg", &f.calls),
        level("parlor_media_legs", "Browsers in calls", &f.legs),
        level("parlor_media_streams", "TCP and TLS connections of media", &f.streams),
        level("parlor_media_relays", "TURN allocations", &f.relays),
        count("parlor_media_packets_in", "RTP packets received", &f.packets_in),
        count("parlor_media_packets_out", "RTP packets sent", &f.packets_out),
        count("parlor_media_bytes_in", "Bytes of RTP packets received", &f.bytes_in),
        count("parlor_media_bytes_out", "Bytes of RTP packets sent", &f.bytes_out),
        count("parlor_media_strange", "Datagrams that are malformed or of nobody known", &f.strange),
        count("parlor_media_dropped", "Packets that a full queue or socket did without", &f.dropped),
        count("parlor_media_missed", "Packets that were missing when the next ones came", &f.missed),
        count("parlor_media_asked", "Missing packets asked for, each time counted", &f.asked),
        count("parlor_media_resent", "Packets sent again to whom they were missing", &f.resent),
        count("parlor_media_key_frames", "Key frames asked for", &f.key_frames),
        count("parlor_media_refused", "Calls, legs, relays and connections over a limit", &f.refused),
    ]
}
