//! What a store says, in lines that do not depend on how it lies on a disk: two stores that say the same give the same bytes,
//! whatever their pages, keys and machines.
//!
//! ```text
//! {"table":"users","columns":["id","name"]}
//! [1,"Olga"]
//! ```
//!
//! Tables in the order of their names, rows in that of their keys. Bytes are `{"hex":"…"}`.

use super::Frozen;
use super::snapshot::failure;
use crate::kernel::{Error, Result};
use rusqlite::types::ValueRef;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};

/// A restore gives the store another one: cursors of before mean nothing in it.
const RENEWED: (&str, &str) = ("store", "epoch");

/// One table, of which all lines were written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dumped {
    pub table: String,
    pub rows: i64,
    /// Of its lines.
    pub sha256: [u8; 32],
}

struct Column {
    name: String,
    /// Its place in the key; 0: it is not in it.
    key: i64,
}

impl Frozen {
    /// Writes every table. An error of `out` ends it.
    pub fn dump(&self, out: &mut impl Write) -> Result<Vec<Dumped>> {
        let tables = self.rows()?.into_iter().map(|(table, _)| table);
        tables.map(|table| self.dump_table(table, out)).collect()
    }

    fn dump_table(&self, table: String, out: &mut impl Write) -> Result<Dumped> {
        let columns = self.columns(&table)?;
        let shown: Vec<&Column> =
            columns.iter().filter(|column| (table.as_str(), column.name.as_str()) != RENEWED).collect();
        let mut key: Vec<&Column> = columns.iter().filter(|column| column.key > 0).collect();
        key.sort_by_key(|column| column.key);
        let names =
            |columns: &[&Column]| columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ");
        let order = if key.is_empty() { "rowid".to_owned() } else { names(&key) };
        let sql = format!("SELECT {} FROM {} ORDER BY {order}", names(&shown), quoted(&table));
        let fail = |e| failure(&sql, e);
        let mut lines = Lines { out, hash: Sha256::new() };
        let shown_names: Vec<&str> = shown.iter().map(|column| column.name.as_str()).collect();
        lines.put(&format!("{{\"table\":{},\"columns\":{}}}", json!(table), json!(shown_names)))?;
        let connection = self.snapshot().connection;
        let mut statement = connection.prepare(&sql).map_err(fail)?;
        let mut found = statement.query([]).map_err(fail)?;
        let (mut rows, mut line) = (0, String::new());
        while let Some(row) = found.next().map_err(fail)? {
            line.clear();
            for n in 0..shown.len() {
                line.push(if n == 0 { '[' } else { ',' });
                value(&mut line, row.get_ref(n).map_err(fail)?);
            }
            line.push(']');
            lines.put(&line)?;
            rows += 1;
        }
        Ok(Dumped { table, rows, sha256: lines.hash.finalize().into() })
    }

    fn columns(&self, table: &str) -> Result<Vec<Column>> {
        let sql = "SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid";
        self.snapshot().list(sql, crate::params![table], |row| Ok(Column { name: row.get(0)?, key: row.get(1)? }))
    }
}

struct Lines<'o, W> {
    out: &'o mut W,
    hash: Sha256,
}

impl<W: Write> Lines<'_, W> {
    fn put(&mut self, line: &str) -> Result<()> {
        self.hash.update(line);
        self.hash.update(b"\n");
        let written = self.out.write_all(line.as_bytes()).and_then(|()| self.out.write_all(b"\n"));
        written.map_err(|error: io::Error| Error::unavailable(format!("writing what the store says: {error}")))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// As JSON. What is meant as text and is none is shown as bytes.
fn value(line: &mut String, value: ValueRef<'_>) {
    // Writing into a string does not fail.
    let _ = match value {
        ValueRef::Null => write!(line, "null"),
        ValueRef::Integer(n) => write!(line, "{n}"),
        ValueRef::Real(n) => write!(line, "{}", json!(n)),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => write!(line, "{}", json!(text)),
            Err(_) => hex(line, bytes),
        },
        ValueRef::Blob(bytes) => hex(line, bytes),
    };
}

fn hex(line: &mut String, bytes: &[u8]) -> std::fmt::Result {
    line.push_str("{\"hex\":\"");
    bytes.iter().try_for_each(|byte| write!(line, "{byte:02x}"))?;
    line.push_str("\"}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options, begin_epoch};
    use crate::kernel::Millis;
    use crate::params;
    use crate::vault::PageKey;
    use std::path::Path;

    fn filled(path: &Path, key: &PageKey, rows: &[(i64, &str)]) {
        let db = Db::open(&Options { path, key, readers: 1, new_epoch: "e".into(), now: Millis(1) }).unwrap();
        for (position, kind) in rows {
            let (position, kind) = (*position, (*kind).to_owned());
            let insert = "INSERT INTO events (position, kind, subject, part, at) VALUES (?1, ?2, 1, 1, 1)";
            db.write_blocking(move |tx| tx.execute(insert, params![position, kind]).map(drop)).unwrap();
        }
        db.stop();
    }

    fn dumped(path: &Path, key: &PageKey) -> (Vec<Dumped>, String) {
        let mut out = Vec::new();
        let dumped = Frozen::of_closed(path, key).unwrap().dump(&mut out).unwrap();
        (dumped, String::from_utf8(out).unwrap())
    }

    #[test]
    fn stores_that_say_the_same_give_the_same_bytes_and_one_other_word_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let store = |name: &str, byte, rows: &[(i64, &str)]| {
            let (path, key) = (folder.path().join(name), PageKey::new([byte; 32]));
            filled(&path, &key, rows);
            (path, key)
        };
        let (a, a_key) = store("a", 1, &[(1, "x"), (2, "退款 \"'\n\u{1}")]);
        // Another key, another order of writing, another epoch.
        let (b, b_key) = store("b", 2, &[(2, "退款 \"'\n\u{1}"), (1, "x")]);
        begin_epoch(&b, &b_key, "other").unwrap();
        let (sums, text) = dumped(&a, &a_key);
        assert!(text.contains("{\"table\":\"events\",\"columns\":[\"position\","), "{text}");
        assert!(text.contains("[2,\"退款 \\\"'\\n\\u0001\",1,1,1]\n"), "{text}");
        assert_eq!((sums.clone(), text), dumped(&b, &b_key));
        let (c, c_key) = store("c", 1, &[(1, "x"), (2, "y")]);
        let (others, _) = dumped(&c, &c_key);
        let differ: Vec<_> = sums.iter().zip(&others).filter(|(a, b)| a != b).map(|(a, _)| a.table.as_str()).collect();
        assert_eq!(differ, ["events"]);
    }
}
