//! What this domain adds to the program.

use super::telling;
use crate::db::Db;
use crate::hub::Hub;
use crate::jobs::Timer;

pub fn timers(db: &Db, hub: &Hub) -> Vec<Timer> {
    vec![telling::timer(db, hub)]
}
