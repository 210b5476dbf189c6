//! The store: opens, is of this program's schema, holds what was written; how large it and its log have become.

use super::super::config::Config;
use super::findings::{Findings, amount};
use crate::db::{Depth, Inspection, Newest, OpenError};
use crate::vault::Vault;
use std::fs;

/// Larger ones are checked only when asked to: every page is read.
const CHECKED_BYTES_MAX: u64 = 1 << 30;
/// A log that is moved regularly stays below this.
const LOG_BYTES_MAX: u64 = 1 << 30;
/// Worth giving back to the disk.
const FREE_BYTES_MIN: u64 = 256 << 20;

pub fn examine(found: &mut Findings, config: &Config, vault: Option<&Vault>, deep: bool) -> Option<Newest> {
    let vault = vault?;
    let path = config.data.join("parlor.db");
    let look = Inspection::open(&path, &vault.page_key("main"));
    let looked = look.and_then(|look| look_at(found, &look, deep));
    log(found, &config.data.join("parlor.db-wal"));
    match looked {
        Ok(newest) => newest,
        Err(error) => {
            found.error("store.opens", error.to_string(), remedy(&error));
            None
        }
    }
}

fn remedy(error: &OpenError) -> &'static str {
    match error.is_damage() {
        true => "keep the files as they are and restore a backup",
        false => "see the manual's table of what it says and what to do",
    }
}

fn look_at(found: &mut Findings, look: &Inspection, deep: bool) -> Result<Option<Newest>, OpenError> {
    let (schema, known) = look.schema()?;
    match schema {
        newer if newer > known => found.error(
            "store.schema",
            format!("the store is at schema {newer}, this program knows up to {known}"),
            "install the newer program again, or restore a backup made before the upgrade",
        ),
        older if older < known => found.note(
            "store.schema",
            format!("the store is at schema {older}, this program brings it to {known}"),
            "it happens at the next start, after a copy was made",
        ),
        _ => found.ok("store.schema", format!("schema {schema}")),
    }
    let newest = look.newest()?;
    let (bytes, free) = look.bytes()?;
    if free >= FREE_BYTES_MIN && free > bytes / 4 {
        found.note(
            "store.space",
            format!("the store has {}, {} of it free for new rows", amount(bytes), amount(free)),
            "parlor maintain --compact gives them back to the disk, with the server stopped",
        );
    } else {
        found.ok("store.space", format!("the store has {}", amount(bytes)));
    }
    if !deep && bytes > CHECKED_BYTES_MAX {
        found.note(
            "store.sound",
            format!("not every page was read: there are {}", amount(bytes)),
            "parlor doctor --deep, when there is time",
        );
        return Ok(newest);
    }
    let wrong = look.check(if deep { Depth::Whole } else { Depth::Quick }, |_| true)?;
    match wrong.first() {
        None => found.ok("store.sound", if deep { "every page and index is sound" } else { "every page is sound" }),
        Some(first) => found.error(
            "store.sound",
            format!("{} things are wrong in the store, such as: {first}", wrong.len()),
            "keep the files as they are and restore a backup",
        ),
    }
    Ok(newest)
}

fn log(found: &mut Findings, path: &std::path::Path) {
    let bytes = fs::metadata(path).map_or(0, |meta| meta.len());
    if bytes > LOG_BYTES_MAX {
        found.warn(
            "store.log",
            format!("the write-ahead log has {}: something keeps it from being moved into the store", amount(bytes)),
            "parlor maintain moves it; if it grows again, look for a query or a copy that never ends",
        );
    } else {
        found.ok("store.log", format!("the write-ahead log has {}", amount(bytes)));
    }
}
