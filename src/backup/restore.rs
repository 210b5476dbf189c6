//! A data folder from a backup: complete and compared, or not at all.
//!
//! Everything is made in `DATA.partial` beside it. When it is whole and on the disk it takes the place of `DATA` in one
//! step; what was there before is kept under another name.

use super::destination::{folder_of, with_ending};
use super::error::{BackupError, Result};
use super::header::{Closed, Opener};
use super::inside::Manifest;
use super::place::{self, Report};
use super::runs::RUNS;
use super::unpack::{self, ATTACHMENTS, Opened, STORE};
use crate::attachments::{NamedFile, list_files, path_of};
use crate::db::{self, Frozen, Snapshot};
use crate::kernel::Millis;
use crate::recording;
use crate::vault::{KeySource, Vault, random};
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use std::fs::{self, DirEntry, File};
use std::io;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::path::{Path, PathBuf, absolute};

/// What is of the machine and not of its store: the certificate that people's browsers know, and the backups that lie there.
const STAYING: [&str; 3] = ["tls", "backups", RUNS];

pub struct Restore<'a> {
    pub data: &'a Path,
    /// How the store is opened from now on; made if it is a key file that is not there.
    pub way_in: KeySource,
    /// What is in the folder now is kept aside. Otherwise it must be empty.
    pub replace: bool,
    /// Also when files are gone that the store names.
    pub accept_missing: bool,
    pub now: Millis,
}

#[derive(Debug)]
pub struct Restored {
    pub manifest: Manifest,
    /// Where the folder is that was there before.
    pub aside: Option<PathBuf>,
    /// A new way in was made: the one that is configured did not open it.
    pub new_way_in: bool,
    pub missing: Vec<String>,
}

pub fn restore(closed: &Closed, opener: Opener, how: &Restore<'_>, report: Report<'_>) -> Result<Restored> {
    let data = absolute(how.data).map_err(BackupError::io(how.data))?;
    let _held = hold(&data)?;
    let old = occupied(&data)?;
    if old && !how.replace {
        let text = format!("{} is not empty: say --replace to keep it aside and put the backup there", data.display());
        return Err(BackupError::Refused(text));
    }
    let mut opened = Opened::open(closed, opener)?;
    let parent = folder_of(&data);
    fs::create_dir_all(parent).map_err(BackupError::io(parent))?;
    place::require_room(parent, opened.manifest.bytes())?;
    let partial = Partial::begin(with_ending(&data, ".partial"))?;
    opened.unpack(&partial.0, true, report)?;
    let missing = missing(&opened, &partial.0, old.then_some(data.as_path()))?;
    if let (Some(first), false) = (missing.first(), how.accept_missing) {
        let n = missing.len();
        return Err(BackupError::Missing(format!(
            "{n} files that the store names are nowhere, {first} among them; nothing was changed. With \
             --accept-missing the rest is restored"
        )));
    }
    let new_way_in = keys(&opened.vault, closed, how, &data, &partial.0, old)?;
    let epoch = super::inside::hex(&random::<8>());
    db::begin_epoch(&partial.0.join(STORE), &opened.vault.page_key("main"), &epoch)?;
    own_as(&partial.0, if data.exists() { &data } else { parent })?;
    unpack::sync_disk(&partial.0)?;
    let aside = swap(&partial.0, &data, old, how.now)?;
    let manifest = opened.manifest;
    Ok(Restored { manifest, aside, new_way_in, missing })
}

/// Nobody serves from the folder meanwhile. There is no lock to take where there is no folder.
fn hold(data: &Path) -> Result<Option<File>> {
    let path = data.join("lock");
    match File::options().write(true).open(&path) {
        Ok(file) => match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(_) => Err(BackupError::Refused(format!("a running Parlor holds {}: stop it first", data.display()))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BackupError::io(&path)(error)),
    }
}

fn occupied(data: &Path) -> Result<bool> {
    match fs::read_dir(data) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(BackupError::io(data)(error)),
    }
}

/// The folder in the making, removed unless it takes its place.
struct Partial(PathBuf);

impl Partial {
    /// What an earlier one that was killed has left goes first.
    fn begin(path: PathBuf) -> Result<Partial> {
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(BackupError::io(&path)(error)),
            _ => {}
        }
        let partial = Partial(path);
        unpack::make_folder(&partial.0)?;
        Ok(partial)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After the swap there is nothing left under this name, which is fine.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Files that the store names and that are not there. Those that the backup left where they were come from `old`, as
/// further names of the same file: it never changes.
fn missing(opened: &Opened<'_>, partial: &Path, old: Option<&Path>) -> Result<Vec<String>> {
    let frozen = Frozen::of_closed(&partial.join(STORE), &opened.vault.page_key("main"))?;
    let mut missing = Vec::new();
    bring(&frozen, opened, (ATTACHMENTS, list_files), (partial, old), &mut missing)?;
    if frozen.schema()? >= recording::SINCE_SCHEMA {
        bring(&frozen, opened, (recording::FOLDER, recording::queries::list_files), (partial, old), &mut missing)?;
    }
    Ok(missing)
}

type Names = fn(&Snapshot<'_>, &str, i64) -> crate::kernel::Result<Vec<NamedFile>>;

fn bring(
    frozen: &Frozen,
    opened: &Opened<'_>,
    (folder, names): (&str, Names),
    (partial, old): (&Path, Option<&Path>),
    missing: &mut Vec<String>,
) -> Result<()> {
    let sealer = opened.vault.sealer(folder);
    let mut after = String::new();
    loop {
        let some = names(&frozen.snapshot(), &after, 1_000)?;
        let Some(last) = some.last() else { return Ok(()) };
        after.clone_from(&last.file);
        for named in some {
            let new = path_of(&partial.join(folder), &named.file);
            if new.exists() {
                continue;
            }
            let there = old.map(|old| path_of(&old.join(folder), &named.file)).filter(|path| path.exists());
            match there {
                Some(there) => {
                    fs::hard_link(&there, &new)
                        .or_else(|_| fs::copy(&there, &new).map(drop))
                        .map_err(BackupError::io(&new))?;
                    match folder {
                        ATTACHMENTS => unpack::check_file(&sealer, &new, &named.file)?,
                        _ => recording::check_file(&sealer, &new, &named.file).map_err(BackupError::sealed(&new))?,
                    }
                }
                None if named.taken => missing.push(named.file),
                // Nobody's: the purge may have had it. Or a recording of nothing.
                None => {}
            }
        }
    }
}

/// The backup's keyslots, and the way in that is configured.
fn keys(vault: &Vault, closed: &Closed, how: &Restore<'_>, data: &Path, partial: &Path, old: bool) -> Result<bool> {
    let way_in = match &how.way_in {
        // A key in the data folder moves with it.
        KeySource::File(path) if absolute(path).is_ok_and(|path| path.starts_with(data)) => {
            let name = path.file_name().unwrap_or_default();
            let new = partial.join(name);
            if old && path.exists() {
                fs::copy(path, &new).map_err(BackupError::io(&new))?;
            }
            KeySource::File(new)
        }
        other => other.clone(),
    };
    Ok(vault.settle(partial, &closed.header.keyslots, &way_in, how.now)?)
}

/// Whoever runs this may be root; the server is not.
fn own_as(folder: &Path, like: &Path) -> Result<()> {
    let like = fs::metadata(like).map_err(BackupError::io(like))?;
    if !rustix::process::geteuid().is_root() || like.uid() == 0 {
        return Ok(());
    }
    let (user, group) = (Some(like.uid()), Some(like.gid()));
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<DirEntry>>>);
        for entry in entries.map_err(BackupError::io(&folder))? {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                lchown(&path, user, group).map_err(BackupError::io(&path))?;
            }
        }
        chown(&folder, user, group).map_err(BackupError::io(&folder))?;
    }
    Ok(())
}

/// In one step, whoever is killed in between. What was there goes straight to the name under which it is kept: under `.partial` the
/// next restore would remove it.
fn swap(partial: &Path, data: &Path, old: bool, now: Millis) -> Result<Option<PathBuf>> {
    let parent = folder_of(data);
    let sync = || File::open(parent).and_then(|parent| parent.sync_all()).map_err(BackupError::io(parent));
    if !old {
        // Takes the place of an empty folder too.
        fs::rename(partial, data).map_err(BackupError::io(data))?;
        sync()?;
        return Ok(None);
    }
    let aside = with_ending(data, &format!(".before-{}", super::names::fine_stamp(now)));
    fs::rename(partial, &aside).map_err(BackupError::io(&aside))?;
    sync()?;
    renameat_with(CWD, &aside, CWD, data, RenameFlags::EXCHANGE).map_err(|e| BackupError::io(data)(e.into()))?;
    sync()?;
    for name in STAYING {
        match fs::rename(aside.join(name), data.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::io(&data.join(name))(error));
            }
            _ => {}
        }
    }
    sync()?;
    Ok(Some(aside))
}
