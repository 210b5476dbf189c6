//! The media room as a whole, over real sockets: legs are callers (`caller.rs`), which speak what browsers speak. Real browsers are in
//! `tests/media`.

mod abuse;
mod browser;
mod limits;
mod relays;
mod repair;
mod talk;

use super::{LegRole, Media, Settings, Shown, Told};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;

/// Media on this machine alone, and what it told.
pub struct House {
    pub media: Media,
    pub told: Arc<Mutex<Vec<Told>>>,
}

impl House {
    pub fn open() -> House {
        House::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> House {
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut settings = Settings { udp: here, tcp: Some(here), ..Settings::default() };
        change(&mut settings);
        let told = Arc::new(Mutex::new(Vec::new()));
        let noted = told.clone();
        let media = Media::start(settings, move |event| noted.lock().push(event)).unwrap();
        House { media, told }
    }

    /// Until all orders so far are carried out.
    pub fn settled(&self) {
        wait(self.media.join(0, 0, LegRole::Talks, String::new())).unwrap_err();
    }

    pub fn was_told(&self, event: Told) -> bool {
        self.told.lock().contains(&event)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.media.stop();
    }
}

/// A person in a place: all of them.
pub fn shown(slot: usize, of: i64) -> Shown {
    Shown { slot, of, camera: true, screen: false, audio: true }
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
