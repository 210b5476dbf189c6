//! Ctrl-C and SIGTERM: what was measured so far is told, and what was started is stopped.

use anyhow::{Context, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Whether somebody wants the bench to end. Cheap to clone and to ask.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicU32>);

impl Stop {
    pub fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// Listens on a thread of its own. Who asks twice does not want to wait for the report.
    pub fn on_signals() -> Result<Stop> {
        let stop = Stop::default();
        let heard = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("no runtime")?;
        let listen = async move {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return;
            };
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if heard.0.fetch_add(1, Ordering::Relaxed) > 0 {
                    std::process::exit(130);
                }
            }
        };
        std::thread::Builder::new().name("bench-signals".into()).spawn(move || runtime.block_on(listen))?;
        Ok(stop)
    }
}
