//! Many messages as fast as they go.

use crate::world::{Socket, Visitor, World, new_id};
use futures_util::future::join_all;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// Of one visitor on their way at once.
const WINDOW: usize = 32;
const VISITORS: usize = 8;
/// Of one text.
const BYTES: usize = 16_000;

/// Large texts of few different words, until `is_full`.
pub async fn fill(world: &World, is_full: impl Fn() -> bool, told: impl Fn(u64)) {
    let written = AtomicU64::new(0);
    let text = "word ".repeat(BYTES / 5);
    let visitors: Vec<Visitor> = join_all((0..VISITORS).map(|_| world.visitor())).await;
    join_all(visitors.iter().map(async |visitor| {
        let mut socket = visitor.socket().await;
        while !is_full() {
            window(&mut socket, &text).await;
            let all = written.fetch_add((WINDOW * BYTES) as u64, Ordering::Relaxed);
            if (all >> 19).is_multiple_of(64) {
                told(all);
            }
        }
    }))
    .await;
}

async fn window(socket: &mut Socket, text: &str) {
    for _ in 0..WINDOW {
        socket.say(&json!({"type": "send", "id": new_id(), "text": text})).await;
    }
    for _ in 0..WINDOW {
        socket.next_of("ack").await;
    }
}
