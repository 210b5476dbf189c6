//! What this domain adds to the program.

use super::{Queue, telling};
use crate::db::Db;
use crate::hub::Hub;
use crate::jobs::Timer;

pub fn timers(db: &Db, hub: &Hub, queue: &Queue) -> Vec<Timer> {
    vec![telling::timer(db, hub), queue.timer(db, hub)]
}
