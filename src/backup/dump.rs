//! What a store and its files say, to hold it against another: the one a backup was made of against the one that came of it,
//! before an upgrade against after it.

use super::error::{BackupError, Result};
use super::inside::hex;
use super::make::{file_name, named_files};
use super::place::Place;
use crate::attachments::path_of;
use crate::db::Frozen;
use crate::kernel::Error;
use crate::vault::{SealedError, Sealer, Vault};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::Path;

/// At once in memory.
const PORTION: usize = 256 << 10;

/// One table; or all files, as if they were one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    pub name: String,
    pub rows: i64,
    pub sha256: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dump {
    pub parts: Vec<Part>,
    /// Files that the store names and that are not there.
    pub missing: Vec<String>,
    /// Of every line.
    pub sha256: String,
}

struct Hashing<'o, 'p> {
    out: &'o mut Place<'p>,
    hash: Sha256,
}

impl Write for Hashing<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every row of every table, and of each file the hash of what was sealed in it, so that it does not matter under which key
/// it lies. The moment is let go of before the files.
pub fn dump(data: &Path, vault: &Vault, frozen: Frozen, out: &mut Place<'_>) -> Result<Dump> {
    let mut lines = io::BufWriter::with_capacity(64 << 10, Hashing { out, hash: Sha256::new() });
    let stopped = |lines: &mut io::BufWriter<Hashing<'_, '_>>, error: BackupError| {
        lines.get_mut().out.stopped().map_or(error, BackupError::Stopped)
    };
    let tables = frozen.dump(&mut lines).map_err(|error| stopped(&mut lines, error.into()))?;
    let files = named_files(&frozen)?;
    drop(frozen);
    let mut parts: Vec<Part> =
        tables.into_iter().map(|t| Part { name: t.table, rows: t.rows, sha256: hex(&t.sha256) }).collect();
    let (folder, sealer) = (data.join("attachments"), vault.sealer("attachments"));
    let (mut all, mut missing) = (Sha256::new(), Vec::new());
    for number in &files {
        let name = file_name(*number);
        let Some((bytes, sha256)) = contents(&sealer, &folder, &name)? else {
            missing.push(name);
            continue;
        };
        let line = format!("{{\"file\":\"{name}\",\"bytes\":{bytes},\"sha256\":\"{sha256}\"}}\n");
        all.update(&line);
        let written = lines.write_all(line.as_bytes());
        written.map_err(|error| stopped(&mut lines, Error::unavailable(error.to_string()).into()))?;
    }
    let rows = (files.len() - missing.len()) as i64;
    parts.push(Part { name: "(files)".into(), rows, sha256: hex(&all.finalize()) });
    let flushed = lines.flush();
    flushed.map_err(|error| stopped(&mut lines, Error::unavailable(error.to_string()).into()))?;
    let sha256 = hex(&lines.get_mut().hash.clone().finalize());
    Ok(Dump { parts, missing, sha256 })
}

/// How long it is and its hash; `None` if it is not there.
fn contents(sealer: &Sealer, folder: &Path, name: &str) -> Result<Option<(u64, String)>> {
    let path = path_of(folder, name);
    let mut reader = match sealer.open_file(&path, name) {
        Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(BackupError::sealed(&path))?,
    };
    let (mut at, mut hash, mut buffer) = (0, Sha256::new(), vec![0; PORTION]);
    while at < reader.len() {
        let read = reader.read_at(at, &mut buffer).map_err(BackupError::sealed(&path))?;
        hash.update(&buffer[..read]);
        at += read as u64;
    }
    Ok(Some((at, hex(&hash.finalize()))))
}
