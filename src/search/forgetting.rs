//! Words that are gone from the store go from the index.
//!
//! The index holds no words to look up what was a text's, so nothing can be taken out of it again. But it is cut into parts by
//! age, and what is deleted for its age lies in few of them: those are made again from what the store still has. Which, the
//! store itself remembers, from the very transaction that deleted; a crash in between only makes a part twice.

use super::index::{said, texts};
use super::store;
use super::tokens;
use crate::db::{Db, SideStore, Tx};
use crate::kernel::{Error, Result};

/// Events read at once.
const BATCH: usize = 2_000;

/// The words of these messages are gone with this transaction.
pub fn forget(tx: &mut Tx<'_>, positions: &[i64]) -> Result<()> {
    store::insert_stale(tx, positions)
}

/// Makes the parts again that hold words which are gone, as far as the index has come.
pub(super) fn sweep(db: &Db, file: &SideStore, indexed: i64) -> Result<()> {
    for (part, mark) in db.read_blocking(store::list_stale)? {
        let (first, last) = store::bounds_of_part(part);
        file.write(|tx| {
            store::replace_part(tx, part, |filling| {
                let (mut after, last) = (first - 1, last.min(indexed));
                while after < last {
                    let found = db.read_blocking(move |snapshot| {
                        let mut events = snapshot.events_after(after, BATCH)?;
                        events.retain(|event| event.position <= last);
                        let reached = events.last().map_or(last, |event| event.position);
                        Ok((reached, texts(snapshot, &said(&events))?))
                    })?;
                    after = found.0;
                    for (position, text) in found.1 {
                        filling.insert(position, &tokens::for_index(&text))?;
                    }
                }
                Ok::<(), Error>(())
            })
        })?;
        db.write_blocking(move |tx| store::delete_stale(tx, part, mark))?;
        tracing::info!(part, "words that are gone left the search index");
    }
    Ok(())
}
