//! Writing: one command's view of the running transaction.

use super::snapshot::{failure, is_duplicate};
use super::{Row, Snapshot, Value};
use crate::kernel::{Error, Event, Millis, Published, Result};
use rusqlite::Connection;
use std::ops::Deref;
use std::sync::Arc;

/// Handed to a command. Everything it does, events included, is committed together or not at all.
pub struct Tx<'c> {
    snapshot: Snapshot<'c>,
    next_position: i64,
    emitted: Vec<Published>,
}

/// An event as the store keeps it: which rows to look at, not their words.
pub struct RecordedEvent {
    pub position: i64,
    pub at: Millis,
    pub kind: String,
    pub subject: (i64, i64),
}

impl<'c> Deref for Tx<'c> {
    type Target = Snapshot<'c>;
    fn deref(&self) -> &Snapshot<'c> {
        &self.snapshot
    }
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection, next_position: i64) -> Self {
        Tx { snapshot: Snapshot { connection }, next_position, emitted: Vec::new() }
    }

    /// Runs a statement and says how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        let run = |c: &Connection| c.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params));
        run(self.snapshot.connection).map_err(|e| failure(sql, e))
    }

    /// Inserts a row unless a unique rule forbids it; `false` then.
    pub fn insert_unique(&mut self, sql: &str, params: &[Value<'_>]) -> Result<bool> {
        let run = |c: &Connection| c.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params));
        match run(self.snapshot.connection) {
            Ok(_) => Ok(true),
            Err(e) if is_duplicate(&e) => Ok(false),
            Err(e) => Err(failure(sql, e)),
        }
    }

    /// Runs a statement with `RETURNING` and gives its one row.
    pub fn returning<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.snapshot.get(sql, params, map)
    }

    /// The position that the next [`emit`](Tx::emit) will give. A row may carry it before its event exists.
    pub fn next_position(&self) -> i64 {
        self.next_position
    }

    /// Appends an event. It is published after the commit, in position order.
    pub fn emit(&mut self, now: Millis, event: impl Event) -> Result<i64> {
        let position = self.next_position;
        let (subject, part) = event.subject();
        self.execute(
            "INSERT INTO events (position, kind, subject, part, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            crate::params![position, event.kind(), subject, part, now],
        )?;
        self.next_position += 1;
        self.emitted.push(Published { position, at: now, event: Arc::new(event) });
        Ok(position)
    }

    /// Forgets the events after the last sweep that are older than `before` and not after `last`, up to `limit` of them, except
    /// those `keeps` wants; says how many were looked at. The newest stays: it says which position is next.
    pub fn sweep_events(
        &mut self,
        before: Millis,
        last: i64,
        limit: usize,
        keeps: impl Fn(&Snapshot<'_>, &RecordedEvent) -> Result<bool>,
    ) -> Result<usize> {
        let (swept, last) = (self.swept_position()?, last.min(self.position()? - 1));
        let old = self.events_after(swept, limit)?;
        let old: Vec<RecordedEvent> =
            old.into_iter().take_while(|event| event.at < before && event.position <= last).collect();
        for event in &old {
            if !keeps(self, event)? {
                self.execute("DELETE FROM events WHERE position = ?1", crate::params![event.position])?;
            }
        }
        if let Some(last) = old.last() {
            self.execute("UPDATE store SET swept_position = ?1", crate::params![last.position])?;
        }
        Ok(old.len())
    }

    pub(super) fn into_emitted(self) -> Vec<Published> {
        self.emitted
    }
}

impl Snapshot<'_> {
    /// The recorded events after `position`, oldest first.
    pub fn events_after(&self, position: i64, limit: usize) -> Result<Vec<RecordedEvent>> {
        self.list(
            "SELECT position, at, kind, subject, part FROM events WHERE position > ?1 ORDER BY position LIMIT ?2",
            crate::params![position, limit as i64],
            recorded,
        )
    }

    /// The event with this very position.
    pub fn find_event(&self, position: i64) -> Result<Option<RecordedEvent>> {
        self.find(
            "SELECT position, at, kind, subject, part FROM events WHERE position = ?1",
            crate::params![position],
            recorded,
        )
    }
}

fn recorded(row: &Row<'_>) -> Result<RecordedEvent> {
    let subject = (row.get(3)?, row.get(4)?);
    Ok(RecordedEvent { position: row.get(0)?, at: row.get(1)?, kind: row.get(2)?, subject })
}

impl Error {
    /// The writer's answer to everybody whose commit failed.
    pub(super) fn commit_failed(error: &rusqlite::Error) -> Error {
        Error::unavailable(format!("commit: {error}"))
    }
}
