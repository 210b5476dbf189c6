//! Brings a store to this program's schema, and refuses one that is newer.
//!
//! `migrations/NNNN_domain_what.sql` are embedded and run in order, all pending ones in one transaction. A released
//! file never changes: its hash is kept and compared.

use super::store::opening;
use crate::kernel::Stopwatch;
use parking_lot::Mutex;
use rusqlite::Connection;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

#[derive(RustEmbed)]
#[folder = "migrations/"]
#[include = "*.sql"]
struct Files;

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(
        "the store is at schema {found}, this program knows up to {known}: install the newer program again, or restore \
         a backup made before the upgrade"
    )]
    Newer { found: i64, known: i64 },
    #[error("migration {number} was changed after it had been applied (hash differs); install an unmodified program")]
    Changed { number: i64 },
    #[error("migration {number} failed and was undone, the store is as before: {source}")]
    Failed { number: i64, source: rusqlite::Error },
    #[error("the store's schema cannot be read: {0}")]
    Unreadable(#[from] rusqlite::Error),
}

/// Where in an upgrade one is.
#[derive(Clone, Debug)]
pub struct Step {
    /// 1, 2, 3 … among those that are pending.
    pub number: usize,
    pub of: usize,
    pub name: String,
    /// How long this one has taken so far.
    pub taken: Duration,
}

pub type Progress = Arc<dyn Fn(&Step) + Send + Sync>;

/// While one migration lasts its progress is told so often.
const TELL_EVERY: Duration = Duration::from_secs(2);
/// SQLite's steps between two beats and looks at the time: some milliseconds.
const STEPS: i32 = 100_000;

struct Migration {
    number: i64,
    name: String,
    sql: String,
    hash: Vec<u8>,
}

fn embedded() -> Vec<Migration> {
    let mut all: Vec<Migration> = Files::iter().filter_map(|path| load(&path)).collect();
    all.sort_by_key(|m| m.number);
    all
}

/// The last one this program knows.
pub fn newest() -> i64 {
    embedded().last().map_or(0, |migration| migration.number)
}

fn load(path: &str) -> Option<Migration> {
    let (number, _) = path.split_once('_')?;
    let data = Files::get(path)?.data;
    Some(Migration {
        number: number.parse().ok()?,
        name: path.trim_end_matches(".sql").to_owned(),
        sql: String::from_utf8(data.to_vec()).ok()?,
        hash: Sha256::digest(&data).to_vec(),
    })
}

/// From which schema to which a store with something in it would be brought.
pub fn upgrade(connection: &Connection) -> Result<Option<(i64, i64)>, MigrateError> {
    let (from, to) = (applied_last(connection)?, newest());
    Ok((from > 0 && from < to).then_some((from, to)))
}

/// The newest migration in a store; 0 if there is none.
pub fn applied_last(connection: &Connection) -> rusqlite::Result<i64> {
    let there = "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'";
    if connection.query_row(there, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(0);
    }
    connection.query_row("SELECT COALESCE(MAX(number), 0) FROM schema_migrations", [], |row| row.get(0))
}

/// Applies what is pending; says how many.
pub fn run(connection: &mut Connection, now_ms: i64, progress: Progress) -> Result<usize, MigrateError> {
    apply(connection, &embedded(), now_ms, progress)
}

fn apply(
    connection: &mut Connection,
    all: &[Migration],
    now_ms: i64,
    progress: Progress,
) -> Result<usize, MigrateError> {
    let found = applied_last(connection)?;
    let known = all.last().map_or(0, |m| m.number);
    if found > known {
        return Err(MigrateError::Newer { found, known });
    }
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
           number INTEGER PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, applied_at BIGINT NOT NULL)",
    )?;
    let applied = applied(connection)?;
    for (number, hash) in &applied {
        if all.iter().any(|m| m.number == *number && m.hash != *hash) {
            return Err(MigrateError::Changed { number: *number });
        }
    }
    let pending: Vec<&Migration> = all.iter().filter(|m| !applied.iter().any(|(n, _)| *n == m.number)).collect();
    let telling = Telling::new(progress);
    telling.clone().watch(connection)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (n, migration) in pending.iter().enumerate() {
        telling.begins(Step { number: n + 1, of: pending.len(), name: migration.name.clone(), taken: Duration::ZERO });
        let step = || {
            transaction.execute_batch(&migration.sql)?;
            transaction.execute(
                "INSERT INTO schema_migrations (number, name, hash, applied_at) VALUES (?1, ?2, ?3, ?4)",
                rusqlite::params![migration.number, migration.name, migration.hash, now_ms],
            )
        };
        step().map_err(|source| MigrateError::Failed { number: migration.number, source })?;
    }
    transaction.commit()?;
    connection.progress_handler(0, None::<fn() -> bool>)?;
    Ok(pending.len())
}

/// Tells of each migration at its beginning, and every few seconds as long as it lasts.
#[derive(Clone)]
struct Telling {
    progress: Progress,
    step: Arc<Mutex<Option<(Step, Stopwatch)>>>,
}

impl Telling {
    fn new(progress: Progress) -> Self {
        Telling { progress, step: Arc::default() }
    }

    fn begins(&self, step: Step) {
        (self.progress)(&step);
        *self.step.lock() = Some((step, Stopwatch::start()));
    }

    fn watch(self, connection: &mut Connection) -> rusqlite::Result<()> {
        let look = move || {
            opening().beat();
            if let Some((step, begun)) = &mut *self.step.lock()
                && begun.elapsed() - step.taken >= TELL_EVERY
            {
                step.taken = begun.elapsed();
                (self.progress)(step);
            }
            false
        };
        connection.progress_handler(STEPS, Some(look))
    }
}

/// How many this program has and the store does not.
pub fn count_pending(connection: &Connection) -> rusqlite::Result<usize> {
    let applied = applied(connection)?;
    Ok(embedded().iter().filter(|m| !applied.iter().any(|(n, _)| *n == m.number)).count())
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
    let mut statement = connection.prepare("SELECT number, hash FROM schema_migrations ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(number: i64, sql: &str) -> Migration {
        Migration { number, name: format!("{number:04}_test"), sql: sql.into(), hash: Sha256::digest(sql).to_vec() }
    }

    fn apply(connection: &mut Connection, all: &[Migration], now_ms: i64) -> Result<usize, MigrateError> {
        super::apply(connection, all, now_ms, Arc::new(|_| ()))
    }

    fn tables(connection: &Connection) -> i64 {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 't_'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn applies_in_order_once_and_refuses_what_it_must() {
        let mut connection = Connection::open_in_memory().unwrap();
        let one = || migration(1, "CREATE TABLE t1 (a TEXT NOT NULL)");
        let two = || migration(2, "CREATE TABLE t2 (a TEXT NOT NULL); INSERT INTO t1 (a) VALUES ('x')");
        assert_eq!(apply(&mut connection, &[one(), two()], 1).unwrap(), 2);
        assert_eq!(apply(&mut connection, &[one(), two()], 2).unwrap(), 0);
        assert!(matches!(apply(&mut connection, &[one()], 3), Err(MigrateError::Newer { found: 2, known: 1 })));
        let changed = migration(2, "CREATE TABLE t2 (b TEXT NOT NULL)");
        assert!(matches!(apply(&mut connection, &[one(), changed], 4), Err(MigrateError::Changed { number: 2 })));
    }

    #[test]
    fn a_failed_migration_leaves_the_store_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        let good = || migration(1, "CREATE TABLE t1 (a TEXT NOT NULL)");
        let bad = migration(2, "CREATE TABLE t2 (a TEXT NOT NULL); INSERT INTO nowhere VALUES (1)");
        let error = apply(&mut connection, &[good(), bad], 1).unwrap_err();
        assert!(matches!(error, MigrateError::Failed { number: 2, .. }));
        assert_eq!(tables(&connection), 0);
        assert_eq!(apply(&mut connection, &[good()], 2).unwrap(), 1);
    }

    #[test]
    fn a_long_migration_shows_that_it_gets_on() {
        let mut connection = Connection::open_in_memory().unwrap();
        let long = "CREATE TABLE t1 AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) \
                    SELECT sum(i) FROM n";
        let before = opening().count();
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = told.clone();
        let progress: Progress = Arc::new(move |step: &Step| tell.lock().push((step.number, step.of)));
        super::apply(&mut connection, &[migration(1, long), migration(2, "SELECT 1")], 1, progress).unwrap();
        assert!(opening().count() > before);
        assert_eq!(*told.lock(), [(1, 2), (2, 2)]);
    }

    #[test]
    fn the_embedded_files_are_numbered_without_gaps() {
        let numbers: Vec<i64> = embedded().iter().map(|m| m.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }
}
