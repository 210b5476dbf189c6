//! Whose files they are, and what becomes of them.

use super::files::tests::files;
use super::upload::{Declared, Stored, take_in};
use super::{Attachment, Files, Taken, claim, commands, get, of_message, purge};
use crate::db::{Db, Options};
use crate::kernel::{
    Actor, AttachmentId, ChannelId, ConversationId, Ctx, CustomerId, Error, Millis, Result, Role, UserId,
};
use crate::vault::PageKey;
use bytes::Bytes;
use futures_util::stream;
use tempfile::TempDir;

const NOW: Millis = Millis(1_800_000_000_000);

pub fn agent(id: i64) -> Ctx {
    Ctx::new(Actor::User { id: UserId(id), role: Role::Agent }, NOW)
}

fn visitor(id: i64) -> Ctx {
    Ctx::new(Actor::Visitor { customer: CustomerId(id), channel: ChannelId(1) }, NOW)
}

pub struct World {
    pub folder: TempDir,
    db: Db,
    pub files: Files,
}

impl World {
    pub fn new() -> World {
        let (folder, files) = files();
        let path = folder.path().join("parlor.db");
        let key = PageKey::new([4; 32]);
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: NOW };
        let db = Db::open(&options).unwrap();
        World { folder, db, files }
    }

    pub async fn store(&self, content: &[u8], name: &str) -> Stored {
        let body = stream::iter([Ok(Bytes::copy_from_slice(content))]);
        take_in(&self.files, body, Declared { name, media_type: Some("text/plain") }, 1_000).await.unwrap()
    }

    pub async fn upload(&self, ctx: Ctx, content: &[u8], name: &str) -> Attachment {
        let Stored { new, in_hand: _until_recorded } = self.store(content, name).await;
        self.db.write(move |tx| commands::record(tx, &ctx, &new)).await.unwrap()
    }

    async fn claim(&self, ctx: Ctx, ids: &[AttachmentId], seq: i64, internal: bool) -> Result<Vec<Attachment>> {
        let ids = ids.to_vec();
        self.db.write(move |tx| claim(tx, &ctx, &ids, ConversationId(5), seq, internal)).await
    }

    async fn get(&self, id: AttachmentId) -> Result<Attachment> {
        self.db.read(move |snapshot| get(snapshot, id)).await
    }

    fn on_disk(&self) -> usize {
        self.files.shelves().map(|shelf| std::fs::read_dir(shelf).unwrap().count()).sum()
    }

    /// Runs what the timers run, off the test's runtime as they do.
    async fn purge(&self, now: Millis) {
        let timers = (self.db.clone(), self.files.clone());
        tokio::task::spawn_blocking(move || {
            purge::purge_unused(&timers.0, &timers.1, now).unwrap();
            purge::purge_orphans(&timers.0, &timers.1, now).unwrap();
        })
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_message_takes_its_senders_files_in_their_order() {
    let world = World::new();
    let one = world.upload(agent(1), b"one", "1.txt").await;
    let two = world.upload(agent(1), b"two", "2.txt").await;
    let claimed = world.claim(agent(1), &[two.id, one.id], 7, true).await.unwrap();
    let taken = Taken { conversation: ConversationId(5), seq: 7, internal: true };
    assert_eq!(claimed, [Attachment { taken: Some(taken), ..two.clone() }, Attachment { taken: Some(taken), ..one }]);
    let read = world.db.read(|snapshot| of_message(snapshot, ConversationId(5), 7)).await.unwrap();
    assert_eq!(read, claimed, "read back in the same order");
    assert_eq!(world.get(two.id).await.unwrap().taken, Some(taken));
    assert!(world.db.read(|snapshot| of_message(snapshot, ConversationId(5), 8)).await.unwrap().is_empty());
}

fn is_unknown(result: Result<Vec<Attachment>>) -> bool {
    result.is_err_and(|error: Error| error.fields[0].field == "attachments" && error.fields[0].code == "unknown")
}

#[tokio::test]
async fn others_files_used_ones_and_repeats_are_unknown_and_nothing_is_taken() {
    let world = World::new();
    let own = world.upload(visitor(1), b"own", "own.txt").await;
    let used = world.upload(visitor(1), b"used", "used.txt").await;
    world.claim(visitor(1), &[used.id], 1, false).await.unwrap();
    // A user and a customer with the same number are not the same.
    let foreign = [world.upload(visitor(2), b"x", "x").await, world.upload(agent(1), b"y", "y").await];
    for ids in [vec![own.id, foreign[0].id], vec![foreign[1].id], vec![own.id, used.id], vec![own.id, own.id]] {
        assert!(is_unknown(world.claim(visitor(1), &ids, 2, false).await), "{ids:?}");
    }
    assert!(is_unknown(world.claim(visitor(1), &[AttachmentId(99)], 2, false).await));
    assert!(world.get(own.id).await.unwrap().taken.is_none());
    assert!(world.claim(Ctx::system(NOW), &[own.id], 2, false).await.is_err());
}

#[tokio::test]
async fn what_nobody_takes_within_a_day_goes_with_its_bytes() {
    let world = World::new();
    let taken = world.upload(agent(1), b"taken", "a").await;
    let unused = world.upload(agent(1), b"unused", "b").await;
    world.claim(agent(1), &[taken.id], 1, false).await.unwrap();
    world.purge(NOW.plus(Millis::hours(24))).await;
    assert!(world.get(unused.id).await.is_ok());
    world.purge(NOW.plus(Millis::hours(24) + 1)).await;
    assert_eq!(world.get(unused.id).await.unwrap_err().code, "not_found");
    assert!(world.get(taken.id).await.is_ok());
    assert_eq!(world.on_disk(), 1);
}

#[tokio::test]
async fn files_without_a_row_go_after_a_day_and_half_written_ones_too() {
    let world = World::new();
    let owned = world.upload(agent(1), b"owned", "a").await;
    world.claim(agent(1), &[owned.id], 1, false).await.unwrap();
    drop(world.store(b"a crash came before its row", "b").await);
    std::fs::write(world.folder.path().join("attachments/00/0123.part"), b"x").unwrap();
    assert_eq!(world.on_disk(), 3);
    let written = std::fs::metadata(world.folder.path().join("attachments/00/0123.part")).unwrap().modified().unwrap();
    let written = Millis(written.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64);
    world.purge(written.plus(Millis::hours(23))).await;
    assert_eq!(world.on_disk(), 3);
    world.purge(written.plus(Millis::hours(25))).await;
    assert_eq!(world.on_disk(), 1);
    assert!(world.files.read(&owned.file).is_ok());
}

#[tokio::test]
async fn a_file_whose_row_is_being_written_stays_whatever_the_clock_says() {
    let world = World::new();
    let Stored { new, in_hand } = world.store(b"uploaded this moment", "a").await;
    let written = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    let a_jump_ahead = Millis(written).plus(Millis::hours(26));
    world.purge(a_jump_ahead).await;
    assert!(world.files.read(&new.file).is_ok());
    drop(in_hand);
    world.purge(a_jump_ahead).await;
    assert_eq!(world.on_disk(), 0);
}

#[tokio::test]
async fn while_a_backup_copies_files_none_goes_and_afterwards_they_do() {
    let world = World::new();
    world.upload(agent(1), b"never sent", "1.txt").await;
    let (later, much_later) = (NOW.plus(Millis::days(2)), Millis(i64::MAX / 2));
    let kept = world.files.keep_all();
    world.purge(later).await;
    assert_eq!(world.on_disk(), 1, "its row is gone, and the backup still wants it");
    world.purge(much_later).await;
    assert_eq!(world.on_disk(), 1, "and so it does as an orphan");
    drop(kept);
    world.purge(much_later).await;
    assert_eq!(world.on_disk(), 0);
}
