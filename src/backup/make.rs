//! Making a backup, while others write.
//!
//! First the store, as of one moment; that moment is let go of as soon as its pages are read, because the log cannot begin
//! anew before. Then the files that it names: they appear once and never change, and none goes as long as the caller
//! holds `Kept`.

use super::destination::Destination;
use super::error::{BackupError, Result};
use super::header::{FORMAT, Header, Reason};
use super::inside::{Kind, Manifest, Parts, hex};
use super::place::{self, Pace, Place, Report};
use crate::attachments::{NamedFile, list_files, path_of};
use crate::db::Frozen;
use crate::kernel::{Error, Millis};
use crate::recording;
use crate::vault::{BackupKey, BackupPublicKey, Vault, random};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Names of files that are looked for at once.
const NAMES: i64 = 1_000;
/// Missing files that are named; the others are counted.
const MISSING_NAMED: usize = 1_000;

/// What is backed up.
pub struct Subject<'a> {
    pub data: &'a Path,
    pub vault: &'a Vault,
    pub frozen: Frozen,
}

/// How.
pub struct Wish {
    pub reason: Reason,
    pub public_key: Option<BackupPublicKey>,
    pub bytes_per_second: u64,
    pub now: Millis,
}

#[derive(Debug)]
pub struct Made {
    pub path: PathBuf,
    pub bytes: u64,
    pub manifest: Manifest,
}

/// The files of one kind that the store names, as numbers: a million of them must fit.
struct Listed {
    kind: Kind,
    folder: PathBuf,
    files: Vec<u128>,
    bytes: u64,
    missing: Vec<String>,
}

impl Made {
    pub fn what_is_missing(&self) -> String {
        let missing = &self.manifest.missing;
        let first = missing.first().map_or("", String::as_str);
        format!("{} files that the store names are not on the disk, {first} among them", missing.len())
    }
}

/// Into an open file; whoever opened it gives it its name. `path` is for the messages.
pub fn make(subject: Subject<'_>, wish: &Wish, file: &File, path: &Path, report: Report<'_>) -> Result<Made> {
    let with_attachments = wish.reason != Reason::Upgrade;
    let listed = match with_attachments {
        true => vec![list(&subject, Kind::Attachment)?, list(&subject, Kind::Recording)?],
        false => Vec::new(),
    };
    let bytes = subject.frozen.bytes() + listed.iter().map(|listed| listed.bytes).sum::<u64>();
    let files: usize = listed.iter().map(|listed| listed.files.len()).sum();
    // Seals and hashes are a few parts in a thousand.
    let about = bytes + bytes / 500 + files as u64 * 128 + (1 << 20);
    place::require_room_for(file, path, about)?;
    let mut out = Place::new(Some(file), Pace::new(wish.bytes_per_second), about, report);
    let written = write(subject, wish, &listed, path, &mut out);
    let manifest = written.map_err(|error| out.stopped().map_or(error, BackupError::Stopped))?;
    let bytes = out.finish().map_err(BackupError::io(path))?;
    Ok(Made { path: path.to_owned(), bytes, manifest })
}

/// Likewise, into a file that is given its name when it is whole.
pub fn make_at(subject: Subject<'_>, wish: &Wish, to: Destination, report: Report<'_>) -> Result<Made> {
    let made = make(subject, wish, to.file(), to.path(), report)?;
    to.finish()?;
    Ok(made)
}

/// The name of a file, which is a number.
pub fn file_name(number: u128) -> String {
    format!("{number:032x}")
}

/// Every file of a kind that the store names, in the order of their names.
pub fn each_named(frozen: &Frozen, kind: Kind, mut each: impl FnMut(u128, NamedFile) -> Result<()>) -> Result<()> {
    if kind == Kind::Recording && frozen.schema()? < recording::SINCE_SCHEMA {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let snapshot = frozen.snapshot();
        let some = match kind {
            Kind::Recording => recording::queries::list_files(&snapshot, &after, NAMES)?,
            _ => list_files(&snapshot, &after, NAMES)?,
        };
        let Some(last) = some.last() else { return Ok(()) };
        after.clone_from(&last.file);
        for named in some {
            let number = u128::from_str_radix(&named.file, 16).ok().filter(|_| named.file.len() == 32);
            each(number.ok_or_else(|| Error::damage(format!("the file's name {:?}", named.file)))?, named)?;
        }
    }
}

fn list(subject: &Subject<'_>, kind: Kind) -> Result<Listed> {
    let folder = subject.data.join(if kind == Kind::Recording { recording::FOLDER } else { "attachments" });
    let mut listed = Listed { kind, folder, files: Vec::new(), bytes: 0, missing: Vec::new() };
    each_named(&subject.frozen, kind, |number, named| {
        match fs::metadata(path_of(&listed.folder, &named.file)) {
            Ok(file) => {
                listed.files.push(number);
                listed.bytes += file.len();
            }
            // A recording of nothing needs no file.
            Err(error) if error.kind() == io::ErrorKind::NotFound && kind == Kind::Recording && !named.taken => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => listed.missing.push(named.file),
            Err(error) => return Err(BackupError::io(&listed.folder)(error)),
        }
        Ok(())
    })?;
    Ok(listed)
}

fn write(subject: Subject<'_>, wish: &Wish, listed: &[Listed], path: &Path, out: &mut Place<'_>) -> Result<Manifest> {
    let Subject { vault, frozen, .. } = subject;
    let schema = frozen.schema()?;
    // Files are copied as they are: the keyslots must lead to what each of them is under.
    let _held = vault.hold();
    let key = BackupKey::generate();
    let header = header(vault, wish, schema, &key)?;
    let bound_to = header.write(out).map_err(BackupError::io(path))?;
    let sealed = key.sealer().writer(out, &bound_to).map_err(BackupError::sealed(path))?;
    let mut parts = Parts::new(sealed, path);
    if wish.public_key.is_some() {
        parts.part(Kind::Root, "root", 32, |part| part.put(&*vault.root_key()))?;
    }
    let store_bytes = frozen.bytes();
    let store_sha256 =
        parts.part(Kind::Store, "parlor.db", store_bytes, |part| frozen.each_page(|page| part.put(page)))?;
    let (rows, epoch) = (frozen.rows()?, frozen.snapshot().epoch()?);
    drop(frozen);
    let mut buffer = vec![0; 256 << 10];
    let (mut attachments, mut recordings) = ((0, 0), (0, 0));
    for some in listed {
        let sum = if some.kind == Kind::Recording { &mut recordings } else { &mut attachments };
        for file in &some.files {
            let length = attach(&mut parts, some, &file_name(*file), &mut buffer)?;
            *sum = (sum.0 + 1, sum.1 + length);
        }
    }
    let missing = listed.iter().flat_map(|some| &some.missing).take(MISSING_NAMED).cloned().collect();
    let manifest = |parts, parts_sha256| Manifest {
        format: FORMAT,
        id: header.id,
        made_at: header.made_at,
        version: header.version,
        schema,
        epoch,
        store_bytes,
        store_sha256,
        rows,
        with_attachments: header.with_attachments,
        attachments: attachments.0,
        attachments_bytes: attachments.1,
        recordings: recordings.0,
        recordings_bytes: recordings.1,
        missing,
        parts,
        parts_sha256,
    };
    let (sealed, manifest) = parts.end(manifest)?;
    sealed.finish().map_err(BackupError::io(path))?;
    Ok(manifest)
}

/// Says how long it is: a recording that goes on is as long as it is now, and ends there when it is restored.
fn attach<W: Write>(parts: &mut Parts<'_, W>, listed: &Listed, name: &str, buffer: &mut [u8]) -> Result<u64> {
    let path = path_of(&listed.folder, name);
    let file = File::open(&path).map_err(BackupError::io(&path))?;
    let length = file.metadata().map_err(BackupError::io(&path))?.len();
    let mut file = file.take(length);
    parts.part(listed.kind, name, length, |part| {
        loop {
            match file.read(buffer).map_err(BackupError::io(&path))? {
                0 => return Ok(()),
                read => part.put(&buffer[..read])?,
            }
        }
    })?;
    Ok(length)
}

fn header(vault: &Vault, wish: &Wish, schema: i64, key: &BackupKey) -> Result<Header> {
    let id = hex(&random::<16>());
    Ok(Header {
        format: FORMAT,
        made_at: wish.now.0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema,
        reason: wish.reason,
        with_attachments: wish.reason != Reason::Upgrade,
        keyslots: vault.keyslots()?,
        for_vault: vault.lock_backup(key, &id),
        public_key: wish.public_key.as_ref().map(ToString::to_string),
        for_public: wish.public_key.as_ref().map(|public| public.lock(key, &id)),
        id,
    })
}
