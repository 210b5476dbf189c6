//! What a store needs now and then, beside whoever uses it.

use super::Tx;
use super::page_cipher::CipherVfs;
use super::page_open::OpenMode;
use super::store::{OpenError, connect};
use crate::kernel::Result;
use crate::vault::PageKey;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Rows of each index that are looked at for its statistics: bounds the time, whatever the size.
const ANALYSED_ROWS_MAX: u32 = 1_000;
/// Writers wait so long at most for the log to be cut; then it is not.
const CUT_PATIENCE: Duration = Duration::from_millis(100);

impl Tx<'_> {
    /// Brings up to date what the planner knows of the tables.
    pub fn analyse(&mut self) -> Result<()> {
        self.find(&format!("PRAGMA analysis_limit = {ANALYSED_ROWS_MAX}"), &[], |_| Ok(()))?;
        self.execute("ANALYZE", &[]).map(drop)
    }
}

/// Moves the log of the file at `path` into it and gives its room back to the disk, as far as nobody reads from it; says
/// whether all of it. The moving is beside the writer, the cutting takes it a moment.
pub fn cut_log(path: &Path, key: &PageKey) -> Result<bool, OpenError> {
    let connection = connect(path, &CipherVfs::of(key)?, OpenMode::WriteExisting)?;
    checkpoint(&connection, "PASSIVE")?;
    connection.busy_timeout(CUT_PATIENCE)?;
    Ok(checkpoint(&connection, "TRUNCATE")?)
}

/// Whether nobody was in the way.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    connection
        .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(0))
        .map(|busy| busy == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options};
    use crate::kernel::Millis;

    #[test]
    fn the_log_is_cut_beside_the_writer_and_the_store_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new([4; 32]));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        let log = folder.path().join("parlor.db-wal");
        for turn in 0..3 {
            db.write_blocking(|tx| tx.execute("UPDATE store SET epoch = epoch || 'x'", &[]).map(drop)).unwrap();
            assert!(std::fs::metadata(&log).unwrap().len() > 0);
            assert!(cut_log(&path, &key).unwrap());
            assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
            let epoch = db.read_blocking(|snapshot| snapshot.epoch()).unwrap();
            assert_eq!(epoch.len(), 2 + turn, "{epoch}");
        }
        db.write_blocking(|tx| tx.analyse()).unwrap();
        db.stop();
    }
}
