//! Backups: one file each, made while others write, and back again on any machine.
//!
//! A backup holds the store as of one moment, the files it names, and the keyslots; it is sealed and authenticated from its
//! first byte to its last (docs/adr/0008-backup.md). Whatever opens the store opens it, the recovery key among them; if
//! wanted, also a private key that was never on the server. A backup appears under its name only when it is whole and on
//! the disk; a restored data folder likewise ([`restore()`]). The search index is not in it: it is built again.
//!
//! Everything here is plain blocking work over a folder and keys, told to stop by a channel, so that the running server
//! and the command line can both do it.

mod destination;
mod dump;
mod error;
mod header;
mod inside;
mod keeper;
mod make;
mod names;
pub mod operator;
mod place;
mod restore;
mod runs;
mod s3;
mod schedule;
mod settings;
mod unpack;
mod upgrade;
mod verify;

pub use destination::Destination;
pub use dump::{Dump, dump};
pub use error::{BackupError, Result};
pub use header::{Closed, Header, Opener, Reason};
pub use inside::Manifest;
pub use keeper::{Backups, found, newest_restorable};
pub use make::{Made, Subject, Wish, make, make_at};
pub use names::{Keep, of_asked};
pub use place::{Pace, Place, Progress, Report};
pub use restore::{Restore, Restored, restore};
pub use runs::{Run, Runs, last};
pub use schedule::Schedule;
pub use settings::{Settings, TimeOfDay};
pub use upgrade::BeforeUpgrade;
pub use verify::{scratch_below, verify};
