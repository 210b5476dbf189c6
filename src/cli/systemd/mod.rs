//! What we tell systemd: that requests are taken, that we still get on, that we stop. Elsewhere nobody is told.

mod opening;
mod watchdog;

pub use opening::Opening;
pub use watchdog::Watchdog;

use sd_notify::NotifyState;

/// Requests are taken. `status` is what `systemctl status` shows to everybody: no secrets.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Stopping: requests may finish")]);
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be told how we are");
    }
}
