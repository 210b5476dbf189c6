//! Sealing the files' headers anew under another key, while files come, go and are read.

use super::files::shelves;
use crate::db::{Resealing, Turn};
use crate::kernel::{Error, Result, Stopwatch};
use crate::vault::{Resealed, SealedError, Sealer};
use std::fs;
use std::io;
use std::path::Path;

/// Of a file that is being written.
pub(super) const PART: &str = ".part";

pub fn reseal(folder: &Path, sealer: &Sealer, turn: &mut Turn<'_>) -> Result<()> {
    reseal_folder("an attachment", folder, sealer, turn)
}

/// Likewise for a folder of files that are something else. When this returns, no file is under the former key any more, but for those whose header did not open before either.
///
/// A file may get its name while its shelf is listed, and be missed. That happens to a file once, so what one round has missed,
/// the next one finds.
pub fn reseal_folder(what: &str, folder: &Path, sealer: &Sealer, turn: &mut Turn<'_>) -> Result<()> {
    let mut rounds = 1;
    while round(what, folder, sealer, turn)? > 0 || rounds < 2 {
        rounds += 1;
    }
    Ok(())
}

/// How many headers were sealed anew.
fn round(what: &str, folder: &Path, sealer: &Sealer, turn: &mut Turn<'_>) -> Result<u64> {
    let (mut anew, total) = (0, shelves(folder).count() as u64);
    for (shelf, done) in shelves(folder).zip(1..) {
        let begun = Stopwatch::start();
        let names = match fs::read_dir(&shelf) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            names => names.map_err(trouble)?,
        };
        for name in names {
            let file = name.map_err(trouble)?;
            let Ok(name) = file.file_name().into_string() else { continue };
            let begun = Stopwatch::start();
            match sealer.reseal(&file.path(), name.trim_end_matches(PART)) {
                Ok(Resealed::Anew) => {
                    anew += 1;
                    turn(Resealing { done, total, worked: begun.elapsed() })?;
                }
                Ok(Resealed::AlreadyNew | Resealed::Empty) => {}
                Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(SealedError::Io(error)) => return Err(trouble(error)),
                Err(damage) => tracing::warn!(file = name, %damage, "{what} does not open, under no key"),
            }
        }
        turn(Resealing { done, total, worked: begun.elapsed() })?;
    }
    Ok(anew)
}

fn trouble(error: io::Error) -> Error {
    Error::unavailable(format!("sealed files: {error}"))
}
