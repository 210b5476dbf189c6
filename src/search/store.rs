//! The tables of `search.db`.

use super::tokens::Query;
use crate::db::{Snapshot, Tx};
use crate::kernel::Result;
use crate::params;

/// Another number means: built differently, build it again.
pub const FORMAT: i64 = 1;

/// The index is cut into parts of so many positions, each a full-text table of its own. The newest is asked first, so that a
/// frequent word costs what is in one part and not what was said in ten years: for an incomplete word SQLite gathers
/// all its rows before it gives the first.
const PART_BITS: u32 = 17;
/// Tables of so many parts are made at a time. A table that is made has every reader read the whole schema again and connect to its
/// full-text tables anew: with ten million messages that costs the next search tens of milliseconds.
const TABLES_AT_ONCE: i64 = 16;

pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS progress (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  format   BIGINT NOT NULL,
  epoch    TEXT NOT NULL,                 -- of the store that was read
  position BIGINT NOT NULL                -- of the last event that was read
);
CREATE TABLE IF NOT EXISTS parts (
  part INTEGER PRIMARY KEY                -- its rows are in the table words_<part>
);
";

pub struct Progress {
    pub format: i64,
    pub epoch: String,
    pub position: i64,
}

pub fn find_progress(snapshot: &Snapshot<'_>) -> Result<Option<Progress>> {
    snapshot.find("SELECT format, epoch, position FROM progress", &[], |row| {
        Ok(Progress { format: row.get(0)?, epoch: row.get(1)?, position: row.get(2)? })
    })
}

/// For a new file.
pub fn begin(tx: &mut Tx<'_>, epoch: &str) -> Result<()> {
    tx.execute("INSERT INTO progress (id, format, epoch, position) VALUES (1, ?1, ?2, 0)", params![FORMAT, epoch])?;
    Ok(())
}

pub fn update_position(tx: &mut Tx<'_>, position: i64) -> Result<()> {
    tx.execute("UPDATE progress SET position = ?1", params![position]).map(drop)
}

/// Positions come in ascending order.
pub fn insert(tx: &mut Tx<'_>, position: i64, tokens: &str) -> Result<()> {
    let part = position >> PART_BITS;
    let newest = newest_part(tx)?;
    if newest != Some(part) {
        if let Some(finished) = newest {
            // One sorted run instead of several: nothing will be added to it.
            tx.execute(&format!("INSERT INTO words_{finished} (words_{finished}) VALUES ('optimize')"), &[])?;
        }
        begin_part(tx, part)?;
    }
    insert_into(tx, part, position, tokens)
}

fn insert_into(tx: &mut Tx<'_>, part: i64, position: i64, tokens: &str) -> Result<()> {
    tx.execute(&format!("INSERT INTO words_{part} (rowid, tokens) VALUES (?1, ?2)"), params![position, tokens])
        .map(drop)
}

/// Puts texts in the place of everything in a part. What was there is in no page of the file any more once the pages are used
/// again; until then they hold zeros.
pub fn replace_part(tx: &mut Tx<'_>, part: i64, texts: impl FnOnce(&mut Filling<'_, '_>) -> Result<()>) -> Result<()> {
    if !has_part(tx, part)? {
        return Ok(());
    }
    tx.execute(&format!("DROP TABLE words_{part}"), &[])?;
    create_table(tx, part)?;
    texts(&mut Filling { tx, part })
}

/// A part that is made again.
pub struct Filling<'t, 'c> {
    tx: &'t mut Tx<'c>,
    part: i64,
}

impl Filling<'_, '_> {
    pub fn insert(&mut self, position: i64, tokens: &str) -> Result<()> {
        insert_into(self.tx, self.part, position, tokens)
    }
}

pub fn has_part(snapshot: &Snapshot<'_>, part: i64) -> Result<bool> {
    let found = snapshot.find("SELECT 1 FROM parts WHERE part = ?1", params![part], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

/// The positions of a part: first, last.
pub fn bounds_of_part(part: i64) -> (i64, i64) {
    (part << PART_BITS, ((part + 1) << PART_BITS) - 1)
}

// ---- the table `search_stale` of the store itself ----

/// The words at these positions are gone: the parts that have them must be made again.
pub fn insert_stale(tx: &mut Tx<'_>, positions: &[i64]) -> Result<()> {
    let parts: std::collections::BTreeSet<i64> = positions.iter().map(|position| position >> PART_BITS).collect();
    for part in parts {
        tx.execute(
            "INSERT INTO search_stale (part, mark) VALUES (?1, ?2) ON CONFLICT (part) DO UPDATE SET mark = excluded.mark",
            params![part, tx.next_position()],
        )?;
    }
    Ok(())
}

/// Each with its mark.
pub fn list_stale(snapshot: &Snapshot<'_>) -> Result<Vec<(i64, i64)>> {
    snapshot.list("SELECT part, mark FROM search_stale ORDER BY part", &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Unless more words of it went since that mark.
pub fn delete_stale(tx: &mut Tx<'_>, part: i64, mark: i64) -> Result<()> {
    tx.execute("DELETE FROM search_stale WHERE part = ?1 AND mark = ?2", params![part, mark]).map(drop)
}

fn newest_part(snapshot: &Snapshot<'_>) -> Result<Option<i64>> {
    snapshot.get("SELECT MAX(part) FROM parts", &[], |row| row.get(0))
}

/// What is not in `parts` is not asked.
fn begin_part(tx: &mut Tx<'_>, part: i64) -> Result<()> {
    if !has_table(tx, part)? {
        let first = part - part % TABLES_AT_ONCE;
        for table in first..first + TABLES_AT_ONCE {
            if !has_table(tx, table)? {
                create_table(tx, table)?;
            }
        }
    }
    tx.execute("INSERT INTO parts (part) VALUES (?1)", params![part]).map(drop)
}

fn has_table(snapshot: &Snapshot<'_>, part: i64) -> Result<bool> {
    let name = format!("words_{part}");
    let found = snapshot.find("SELECT 1 FROM sqlite_schema WHERE name = ?1", params![name], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

/// `content=''`: the words stay in the store alone. `columnsize=0`: nothing is ranked by length. `ascii`: our own tokens come
/// separated by spaces and must not be cut or folded again; unicode61 drops characters younger than Unicode 6.1.
fn create_table(tx: &mut Tx<'_>, part: i64) -> Result<()> {
    tx.execute(
        &format!("CREATE VIRTUAL TABLE words_{part} USING fts5 (tokens, content='', columnsize=0, tokenize='ascii')"),
        &[],
    )?;
    // One of its blocks fills a page; the default, 4050, would need a second one for its end, beside the seal.
    tx.execute(&format!("INSERT INTO words_{part} (words_{part}, rank) VALUES ('pgsz', 3950)"), &[])?;
    Ok(())
}

/// A connection reads how a part is made when it asks it for the first time: here it asks them all, for what nobody says.
pub fn warm(snapshot: &Snapshot<'_>) -> Result<()> {
    let parts = snapshot.list("SELECT part FROM parts", &[], |row| row.get::<i64>(0))?;
    parts.into_iter().try_for_each(|part| list_in_part(snapshot, part, "\"\u{e001}\"", i64::MAX, 1).map(drop))
}

/// Positions before `before` whose texts match, newest first.
pub fn list_matching(snapshot: &Snapshot<'_>, query: &Query, before: i64, limit: usize) -> Result<Vec<i64>> {
    let parts = snapshot.list(
        "SELECT part FROM parts WHERE part <= ?1 ORDER BY part DESC",
        params![before >> PART_BITS],
        |row| row.get::<i64>(0),
    )?;
    let mut found = Vec::new();
    for part in parts {
        if found.len() == limit {
            break;
        }
        // A rare word rules most parts out before the incomplete one is gathered there.
        if let Some(whole) = &query.whole_words
            && list_in_part(snapshot, part, whole, before, 1)?.is_empty()
        {
            continue;
        }
        found.extend(list_in_part(snapshot, part, &query.expression, before, limit - found.len())?);
    }
    Ok(found)
}

fn list_in_part(snapshot: &Snapshot<'_>, part: i64, words: &str, before: i64, limit: usize) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT rowid FROM words_{part} WHERE words_{part} MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3"
    );
    snapshot.list(&sql, params![words, before, limit as i64], |row| row.get(0))
}
