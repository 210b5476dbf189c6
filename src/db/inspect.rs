//! Looking at a store that may be in use, or broken: nothing is written, nothing is brought up to date.

use super::migrate;
use super::page_cipher::CipherVfs;
use super::page_open::OpenMode;
use super::store::{OpenError, connect};
use crate::kernel::Millis;
use crate::vault::PageKey;
use rusqlite::Connection;
use std::path::Path;

pub struct Inspection {
    connection: Connection,
}

/// How thoroughly pages are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Every page opens and is where it belongs.
    Quick,
    /// And every index says what its table says.
    Whole,
}

/// The newest thing that happened.
pub struct Newest {
    pub position: i64,
    pub at: Millis,
}

impl Inspection {
    pub fn open(path: &Path, key: &PageKey) -> Result<Inspection, OpenError> {
        Ok(Inspection { connection: connect(path, &CipherVfs::of(key)?, OpenMode::ReadOnly)? })
    }

    /// The store's schema, and the one this program knows.
    pub fn schema(&self) -> Result<(i64, i64), OpenError> {
        let found = self.number("SELECT COALESCE(MAX(number), 0) FROM schema_migrations")?;
        Ok((found, migrate::newest()))
    }

    pub fn newest(&self) -> Result<Option<Newest>, OpenError> {
        use rusqlite::OptionalExtension;
        let sql = "SELECT position, at FROM events ORDER BY position DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok(Newest { position: row.get(0)?, at: Millis(row.get(1)?) });
        Ok(self.connection.query_row(sql, [], row).optional()?)
    }

    /// Bytes of the main file, and of those how many hold nothing any more.
    pub fn bytes(&self) -> Result<(u64, u64), OpenError> {
        let page = self.number("PRAGMA page_size")?;
        let (all, free) = (self.number("PRAGMA page_count")?, self.number("PRAGMA freelist_count")?);
        Ok(((all * page).unsigned_abs(), (free * page).unsigned_abs()))
    }

    /// What is wrong, in SQLite's words; nothing if all is well. Table by table, so that each look at a store in use ends
    /// soon enough for its log to begin anew; `goes_on` is told the table and may end the look.
    pub fn check(&self, depth: Depth, mut goes_on: impl FnMut(&str) -> bool) -> Result<Vec<String>, OpenError> {
        let pragma = if depth == Depth::Whole { "integrity_check" } else { "quick_check" };
        let mut tables = self.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        tables.insert(0, "sqlite_schema".to_owned());
        let mut wrong = Vec::new();
        for table in tables {
            if !goes_on(&table) {
                break;
            }
            let name = table.replace('\'', "''");
            match self.texts(&format!("PRAGMA {pragma}('{name}')")) {
                Ok(said) => wrong.extend(said.into_iter().filter(|line| line != "ok")),
                // A page that does not open ends the look at its table; the others are looked at all the same.
                Err(error) if error.is_damage() => wrong.push(format!("{table}: {error}")),
                Err(error) => return Err(error),
            }
        }
        Ok(wrong)
    }

    fn number(&self, sql: &str) -> Result<i64, OpenError> {
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    fn texts(&self, sql: &str) -> Result<Vec<String>, OpenError> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options};
    use std::os::unix::fs::FileExt;

    fn store(folder: &Path) -> (std::path::PathBuf, PageKey) {
        let (path, key) = (folder.join("parlor.db"), PageKey::new([9; 32]));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        Db::open(&options).unwrap().stop();
        (path, key)
    }

    #[test]
    fn a_sound_store_has_nothing_wrong_and_a_bent_page_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = store(folder.path());
        let look = Inspection::open(&path, &key).unwrap();
        assert_eq!(look.schema().unwrap(), (migrate::newest(), migrate::newest()));
        for depth in [Depth::Quick, Depth::Whole] {
            assert_eq!(look.check(depth, |_| true).unwrap(), Vec::<String>::new());
        }
        let page = look.number("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'").unwrap();
        drop(look);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(b"x", page.unsigned_abs() * 4096 - 2000).unwrap();
        let look = Inspection::open(&path, &key).unwrap();
        assert!(!look.check(Depth::Quick, |_| true).unwrap().is_empty());
    }
}
