//! Looking after an installation: is everything there and whole; what the planner knows, what the log takes, what is over.
//!
//! Everything works beside a server's people: looks are at snapshots that end, changes are small, and nothing keeps writers
//! waiting for longer than one of those. What is found goes into a list of findings; only what cannot go on is an error.

use crate::attachments::{self, Files};
use crate::control::{Progress, Report, Unit};
use crate::db::{Db, Depth, Inspection, cut_log};
use crate::kernel::{CustomerId, Error, Millis, Result};
use crate::recording::Recordings;
use crate::retention::{self, Everything};
use crate::vault::{PageKey, Vault};
use serde::Serialize;
use std::path::PathBuf;

/// What is looked after.
#[derive(Clone)]
pub struct Household {
    pub db: Db,
    pub files: Files,
    pub recordings: Recordings,
    /// For the keys of the two databases as they are when they are needed.
    pub vault: Vault,
    /// The search index, if it exists yet.
    pub search: PathBuf,
}

/// How thorough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Care {
    /// Every night: what is over goes, nothing is read through.
    Light,
    /// When asked for: every page of the store, every attachment's head.
    Usual,
    /// Every index too, and every attachment to its end.
    Deep,
}

/// One thing that was looked at or done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Done {
    pub step: &'static str,
    /// Something is not what was written.
    pub is_damaged: bool,
    pub said: String,
}

/// The most that are named one by one.
const NAMED_MAX: usize = 5;

pub fn maintain(
    house: &Household,
    care: Care,
    now: Millis,
    is_here: &dyn Fn(CustomerId) -> bool,
    report: Report<'_>,
) -> Result<Vec<Done>> {
    let mut done = Vec::new();
    if care != Care::Light {
        done.push(store(house, care, report)?);
        if done[0].is_damaged {
            // Whatever is written now only makes it harder to see what happened.
            return Ok(done);
        }
        done.push(files(house, care, now, report)?);
        done.push(recordings(house, care, now, report)?);
        done.extend(search(house, report)?);
    }
    done.push(retained(house, now, is_here, report)?);
    if care != Care::Light {
        // Not at night: a plan that changes should do so while somebody looks.
        report(step("statistics", 0))?;
        house.db.write_blocking(|tx| tx.analyse())?;
        done.push(well("statistics", "up to date".into()));
    }
    report(step("moving the log", 0))?;
    done.push(match cut_log(house.db.path(), &house.vault.page_key("main")) {
        Ok(true) => well("log", "moved into the store".into()),
        Ok(false) => well("log", "moved into the store, as far as nobody read from it".into()),
        Err(error) => return Err(Error::unavailable(format!("the log: {error}"))),
    });
    Ok(done)
}

fn retained(house: &Household, now: Millis, is_here: &dyn Fn(CustomerId) -> bool, report: Report<'_>) -> Result<Done> {
    let all = Everything { db: &house.db, files: &house.files, recordings: &house.recordings, is_here, now };
    let gone = retention::apply(&all, report)?;
    let said = format!(
        "{} conversations with {} messages and {} files, {} recordings, {} customers, {} sessions are gone",
        gone.conversations, gone.messages, gone.files, gone.recordings, gone.customers, gone.sessions
    );
    Ok(well("retention", said))
}

fn store(house: &Household, care: Care, report: Report<'_>) -> Result<Done> {
    let depth = if care == Care::Deep { Depth::Whole } else { Depth::Quick };
    let wrong = read_through(house.db.path(), &house.vault.page_key("main"), depth, "reading the store", report)?;
    Ok(match wrong.is_empty() {
        true => well("store", "every page is sound".into()),
        false => damaged("store", format!("{}; restore a backup", named(&wrong))),
    })
}

fn read_through(
    path: &std::path::Path,
    key: &PageKey,
    depth: Depth,
    what: &str,
    report: Report<'_>,
) -> Result<Vec<String>> {
    let failed = |error: crate::db::OpenError| Error::unavailable(error.to_string());
    let look = Inspection::open(path, key).map_err(failed)?;
    let (mut tables, mut outcome) = (0, Ok(()));
    let wrong = look.check(depth, |table| {
        tables += 1;
        if outcome.is_ok() {
            outcome = report(step(&format!("{what}: {table}"), tables));
        }
        outcome.is_ok()
    });
    outcome.and(wrong.map_err(failed))
}

fn files(house: &Household, care: Care, now: Millis, report: Report<'_>) -> Result<Done> {
    let whole = care == Care::Deep;
    let found =
        attachments::audit(&house.db, &house.files, whole, now, |files| report(step("looking at attachments", files)))?;
    let kept = format!("{} attachments of {} bytes", found.files, found.bytes);
    let orphans = match found.orphans {
        0 => String::new(),
        some => format!("; {some} files belong to nobody and will be removed"),
    };
    if found.missing.is_empty() && found.damaged.is_empty() {
        return Ok(well("attachments", format!("{kept} are there{orphans}")));
    }
    let ids = |ids: &[crate::kernel::AttachmentId]| named(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let said = format!("{kept}; missing: {}; damaged: {}{orphans}", ids(&found.missing), ids(&found.damaged));
    Ok(damaged("attachments", said))
}

fn recordings(house: &Household, care: Care, now: Millis, report: Report<'_>) -> Result<Done> {
    let told = |looked| report(step("looking at recordings", looked));
    let found = house.recordings.audit(care == Care::Deep, now, told)?;
    let kept = format!("{} recordings of {} bytes", found.recordings, found.bytes);
    let orphans = match found.orphans {
        0 => String::new(),
        some => format!("; {some} files belong to nobody and will be removed"),
    };
    if found.missing.is_empty() && found.damaged.is_empty() {
        return Ok(well("recordings", format!("{kept} are there{orphans}")));
    }
    let ids = |ids: &[crate::kernel::RecordingId]| named(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let said = format!("{kept}; missing: {}; damaged: {}{orphans}", ids(&found.missing), ids(&found.damaged));
    Ok(damaged("recordings", said))
}

/// It is derived: what is wrong with it is no loss, and the server makes it again when it meets the page.
fn search(house: &Household, report: Report<'_>) -> Result<Option<Done>> {
    if !house.search.exists() {
        return Ok(None);
    }
    let wrong =
        read_through(&house.search, &house.vault.page_key("search"), Depth::Quick, "reading the search index", report)
            .unwrap_or_else(|error| vec![error.to_string()]);
    Ok(Some(match wrong.is_empty() {
        true => well("search", "every page is sound".into()),
        false => damaged(
            "search",
            format!("{}; stop the server and remove search.db: it is built again at the next start", named(&wrong)),
        ),
    }))
}

fn well(step: &'static str, said: String) -> Done {
    Done { step, is_damaged: false, said }
}

fn damaged(step: &'static str, said: String) -> Done {
    Done { step, is_damaged: true, said }
}

fn named(all: &[String]) -> String {
    match all.len() {
        0 => "none".to_owned(),
        few if few <= NAMED_MAX => all.join(", "),
        many => format!("{} and {} more", all[..NAMED_MAX].join(", "), many - NAMED_MAX),
    }
}

fn step(what: &str, done: u64) -> Progress {
    Progress { step: what.to_owned(), done, total: 0, unit: Unit::Things }
}
