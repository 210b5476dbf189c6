//! A store that takes long to bring to this program's schema is no reason to end the start, as long as it gets on.

use super::tell;
use crate::db;
use crate::kernel::Watched;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::io;
use std::time::Duration;

/// How often we look.
const LOOK: Duration = Duration::from_secs(2);
/// What a start that moves is given from then on. One that stands still for so long is ended.
const EXTENSION: Duration = Duration::from_secs(60);

/// While it lives, systemd waits for the store.
pub struct Opening {
    _open: Sender<Infallible>,
}

impl Opening {
    pub fn begin() -> io::Result<Opening> {
        let (open, opened) = bounded::<Infallible>(0);
        tell(&[NotifyState::Status("Opening the store")]);
        std::thread::Builder::new().name("systemd-opening".into()).spawn(move || {
            let mut watched = Watched::new(db::opening().clone());
            watched.has_moved();
            while opened.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if watched.has_moved() {
                    let status = NotifyState::Status("Bringing the store to this version");
                    tell(&[NotifyState::ExtendTimeoutUsec(EXTENSION.as_micros() as u32), status]);
                }
            }
        })?;
        Ok(Opening { _open: open })
    }
}
