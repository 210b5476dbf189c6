//! What a store and its files say, to hold it against another: the one a backup was made of against the one that came of it,
//! before an upgrade against after it.

use super::error::{BackupError, Result};
use super::inside::{Kind, hex};
use super::make::{each_named, file_name};
use super::place::Place;
use super::unpack::ATTACHMENTS;
use crate::attachments::path_of;
use crate::db::Frozen;
use crate::kernel::Error;
use crate::recording;
use crate::vault::{SealedError, Sealer, Vault};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// At once in memory.
const PORTION: usize = 256 << 10;

/// One table; or all files of a kind, as if they were one.
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

/// The files of one kind: which ones the store names, and how what was sealed in one is read.
struct Named {
    what: &'static str,
    /// With whether somebody needs it: others may be gone.
    files: Vec<(u128, bool)>,
    folder: PathBuf,
    sealer: Sealer,
    contents: fn(&Sealer, &Path, &str) -> std::result::Result<Contents, SealedError>,
}

/// How long it is, and its hash.
type Contents = (u64, String);

impl Named {
    fn attachments(data: &Path, vault: &Vault, frozen: &Frozen) -> Result<Named> {
        Named::of(Kind::Attachment, "file", ATTACHMENTS, attachment, (data, vault, frozen))
    }

    fn recordings(data: &Path, vault: &Vault, frozen: &Frozen) -> Result<Named> {
        Named::of(Kind::Recording, "recording", recording::FOLDER, recorded, (data, vault, frozen))
    }

    fn of(
        kind: Kind,
        what: &'static str,
        folder: &str,
        contents: fn(&Sealer, &Path, &str) -> std::result::Result<Contents, SealedError>,
        (data, vault, frozen): (&Path, &Vault, &Frozen),
    ) -> Result<Named> {
        let mut files = Vec::new();
        each_named(frozen, kind, |number, named| {
            // Somebody may yet take an attachment; a recording of nothing has no file.
            files.push((number, named.taken || kind == Kind::Attachment));
            Ok(())
        })?;
        Ok(Named { what, files, folder: data.join(folder), sealer: vault.sealer(folder), contents })
    }

    /// A line for each file; those that are not there are `missing`.
    fn dump(&self, out: &mut impl Write, missing: &mut Vec<String>) -> Result<Part> {
        let (mut all, mut rows) = (Sha256::new(), 0);
        for (number, needed) in &self.files {
            let name = file_name(*number);
            let path = path_of(&self.folder, &name);
            let (bytes, sha256) = match (self.contents)(&self.sealer, &path, &name) {
                Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                    missing.extend(needed.then_some(name));
                    continue;
                }
                contents => contents.map_err(BackupError::sealed(&path))?,
            };
            let line = format!("{{\"{}\":\"{name}\",\"bytes\":{bytes},\"sha256\":\"{sha256}\"}}\n", self.what);
            all.update(&line);
            out.write_all(line.as_bytes()).map_err(unwritten)?;
            rows += 1;
        }
        Ok(Part { name: format!("({}s)", self.what), rows, sha256: hex(&all.finalize()) })
    }
}

fn unwritten(error: io::Error) -> BackupError {
    Error::unavailable(error.to_string()).into()
}

/// Every row of every table, and of each file the hash of what was sealed in it, so that it does not matter under which key
/// it lies. The moment is let go of before the files.
pub fn dump(data: &Path, vault: &Vault, frozen: Frozen, out: &mut Place<'_>) -> Result<Dump> {
    let mut lines = io::BufWriter::with_capacity(64 << 10, Hashing { out, hash: Sha256::new() });
    let dumped = everything(data, vault, frozen, &mut lines);
    let (parts, missing) = dumped.map_err(|error| lines.get_mut().out.stopped().map_or(error, BackupError::Stopped))?;
    let sha256 = hex(&lines.get_mut().hash.clone().finalize());
    Ok(Dump { parts, missing, sha256 })
}

fn everything(data: &Path, vault: &Vault, frozen: Frozen, lines: &mut impl Write) -> Result<(Vec<Part>, Vec<String>)> {
    let tables = frozen.dump(lines)?;
    let named = [Named::attachments(data, vault, &frozen)?, Named::recordings(data, vault, &frozen)?];
    drop(frozen);
    let mut parts: Vec<Part> =
        tables.into_iter().map(|t| Part { name: t.table, rows: t.rows, sha256: hex(&t.sha256) }).collect();
    let mut missing = Vec::new();
    for some in &named {
        parts.push(some.dump(lines, &mut missing)?);
    }
    lines.flush().map_err(unwritten)?;
    Ok((parts, missing))
}

fn attachment(sealer: &Sealer, path: &Path, name: &str) -> std::result::Result<Contents, SealedError> {
    let mut reader = sealer.open_file(path, name)?;
    let (mut at, mut hash, mut buffer) = (0, Sha256::new(), vec![0; PORTION]);
    while at < reader.len() {
        let read = reader.read_at(at, &mut buffer)?;
        hash.update(&buffer[..read]);
        at += read as u64;
    }
    Ok((at, hex(&hash.finalize())))
}

/// Record after record. The last one of a recording that goes on may be in the making: it is not counted.
fn recorded(sealer: &Sealer, path: &Path, name: &str) -> std::result::Result<Contents, SealedError> {
    let (mut bytes, mut hash) = (0, Sha256::new());
    let read = recording::each_record(sealer, path, name, |record| {
        bytes += record.len() as u64;
        hash.update((record.len() as u64).to_be_bytes());
        hash.update(record);
    });
    match read {
        // It ended before anything was on the disk.
        Ok(()) | Err(SealedError::Truncated) => Ok((bytes, hex(&hash.finalize()))),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Millis;
    use crate::vault::KeySource;

    /// A recording of these records, in a house of its own.
    fn recording(folder: &Path, records: &[&[u8]]) -> (Sealer, PathBuf) {
        std::fs::create_dir(folder).unwrap();
        let source = KeySource::File(folder.join("master.key"));
        let sealer = Vault::open_or_create(folder, &source, Millis(1)).unwrap().0.sealer(recording::FOLDER);
        let path = folder.join("a");
        let mut log = sealer.create_log(&path, "a").unwrap();
        for record in records {
            log.append(record.to_vec()).unwrap();
        }
        (sealer, path)
    }

    #[test]
    fn a_recording_says_the_same_in_every_house_and_another_one_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str, records: &[&[u8]]| {
            let (sealer, path) = recording(&folder.path().join(name), records);
            recorded(&sealer, &path, "a").unwrap()
        };
        let first = said("1", &[b"one", b"second"]);
        assert_eq!((first.0, &first), (9, &said("2", &[b"one", b"second"])));
        assert!([said("3", &[b"one", b"secone"]), said("4", &[b"ones", b"econd"])].iter().all(|other| *other != first));
    }

    #[test]
    fn what_was_in_the_making_is_not_said_and_damage_before_it_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (sealer, path) = recording(&folder.path().join("1"), &[b"one", b"second"]);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(recorded(&sealer, &path, "a").unwrap().0, 3);
        let mut bent = whole;
        let at = bent.len() - (b"second".len() + 16 + 8) - 16;
        bent[at] ^= 1;
        std::fs::write(&path, bent).unwrap();
        assert!(recorded(&sealer, &path, "a").is_err());
        assert!(matches!(recorded(&sealer, &path.with_extension("b"), "a"), Err(SealedError::Io(_))));
    }
}
