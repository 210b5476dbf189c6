//! What the store counts of itself. All stores of the process together, where nothing else is said.

use super::Db;
use crate::kernel::figures::{Count, Family, Level, Named, Spread};

pub struct Figures {
    /// Of commands: until their batch began …
    pub(super) waited: Spread,
    /// … and until they were answered, which is after their commit was synced.
    pub answered: Spread,
    /// Commands that were told to come back later, before they were taken.
    pub refused: Count,
    /// Commands in each transaction.
    pub(super) batches: Spread,
    pub(super) batches_repeated: Count,
    pub(super) commit: Spread,
    pub(super) failures: Count,
    /// 1 from a transaction that broke until the next that is committed.
    pub(super) in_trouble: Level,
    pub(super) syncs: Spread,
    pub(super) checkpoints: Spread,
    pub(super) checkpoints_failed: Count,
    pub(super) log_pages: Level,
    pub(super) queries_refused: Count,
    /// Committed events, by their kind.
    pub events: Named<Count>,
    /// Times a file did not hold what was written to it, by the file.
    pub(super) damage: Named<Count>,
}

pub static FIGURES: Figures = Figures {
    waited: Spread::times(),
    answered: Spread::times(),
    refused: Count::new(),
    batches: Spread::sizes(),
    batches_repeated: Count::new(),
    commit: Spread::times(),
    failures: Count::new(),
    in_trouble: Level::new(),
    syncs: Spread::times(),
    checkpoints: Spread::times(),
    checkpoints_failed: Count::new(),
    log_pages: Level::new(),
    queries_refused: Count::new(),
    events: Named::new(),
    damage: Named::new(),
};

impl Figures {
    pub fn is_in_trouble(&self) -> bool {
        self.in_trouble.get() != 0
    }

    /// Of the main store since the start. The search index, which is made again by itself, counts apart.
    pub fn damage_of_store(&self) -> u64 {
        self.damage.of(STORE).get()
    }
}

const STORE: &str = "store";

pub(super) fn note_damage(path: &str) {
    let file = path.trim_end_matches("-wal").rsplit('/').next();
    FIGURES.damage.of(if file == Some("search.db") { "search" } else { STORE }).one();
}

impl Db {
    #[rustfmt::skip]
    pub fn figures(&self) -> Vec<Family> {
        let f = &FIGURES;
        f.damage.of(STORE);
        vec![
            Family::spread("parlor_writer_wait_seconds", "Commands: from their arrival until their batch began", &f.waited),
            Family::spread("parlor_writer_answer_seconds", "Commands: from their arrival until their commit was synced and they were answered", &f.answered),
            Family::level("parlor_writer_waiting", "Commands that wait for the writer", self.waiting() as f64),
            Family::level("parlor_writer_waiting_max", "Commands that may wait just now; one more is told to come back", self.waiting_max() as f64),
            Family::count("parlor_writer_refused", "Commands that were told to come back later", f.refused.get()),
            Family::spread("parlor_writer_batch_commands", "Commands in one transaction", &f.batches),
            Family::count("parlor_writer_batches_repeated", "Transactions run again because one command failed after it wrote", f.batches_repeated.get()),
            Family::spread("parlor_writer_commit_seconds", "COMMIT, with its sync", &f.commit),
            Family::count("parlor_writer_failures", "Transactions that broke or could not begin or commit", f.failures.get()),
            Family::level("parlor_writer_in_trouble", "1 after such a failure, until a transaction is committed again", f.in_trouble.get() as f64),
            Family::spread("parlor_store_sync_seconds", "fsync of database files and logs", &f.syncs),
            Family::level("parlor_store_log_pages", "Pages (4 KiB) in the write-ahead log after the last commit", f.log_pages.get() as f64),
            Family::spread("parlor_store_checkpoint_seconds", "Moving the log into the main file, one step", &f.checkpoints),
            Family::count("parlor_store_checkpoints_failed", "Such steps that failed", f.checkpoints_failed.get()),
            Family::levels("parlor_readers_waiting", "Queries that wait for a reader", "readers", self.queries_waiting()),
            Family::count("parlor_readers_refused", "Queries that were told to come back later", f.queries_refused.get()),
            Family::counts("parlor_events", "Committed events", "kind", &f.events),
            Family::level("parlor_bus_waiting", "Batches of events that the slowest listener has not taken yet", self.bus().waiting() as f64),
            Family::counts("parlor_store_damage", "Times a file did not hold what was written to it", "file", &f.damage),
        ]
    }
}
