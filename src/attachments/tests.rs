//! Whose files they are, what becomes of them, and how they are served.

use super::files::tests::files;
use super::media::HEAD_BYTES;
use super::model::NewAttachment;
use super::upload::{Declared, take_in};
use super::{Attachment, Files, Taken, api, claim, commands, get, of_message, purge};
use crate::db::{Db, Options};
use crate::kernel::{
    Actor, AttachmentId, ChannelId, ConversationId, Ctx, CustomerId, Error, Millis, Result, Role, UserId,
};
use crate::vault::PageKey;
use actix_web::body::to_bytes;
use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;
use actix_web::web::Data;
use bytes::Bytes;
use futures_util::stream;
use tempfile::TempDir;

const NOW: Millis = Millis(1_800_000_000_000);

fn agent(id: i64) -> Ctx {
    Ctx::new(Actor::User { id: UserId(id), role: Role::Agent }, NOW)
}

fn visitor(id: i64) -> Ctx {
    Ctx::new(Actor::Visitor { customer: CustomerId(id), channel: ChannelId(1) }, NOW)
}

struct World {
    folder: TempDir,
    db: Db,
    files: Files,
}

impl World {
    fn new() -> World {
        let (folder, files) = files();
        let path = folder.path().join("parlor.db");
        let key = PageKey::new([4; 32]);
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: NOW };
        let db = Db::open(&options).unwrap();
        World { folder, db, files }
    }

    async fn store(&self, content: &[u8], name: &str) -> NewAttachment {
        let body = stream::iter([Ok(Bytes::copy_from_slice(content))]);
        take_in(&self.files, body, Declared { name, media_type: Some("text/plain") }, 1_000).await.unwrap()
    }

    async fn upload(&self, ctx: Ctx, content: &[u8], name: &str) -> Attachment {
        let new = self.store(content, name).await;
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
    assert_eq!(world.claim(visitor(1), &[own.id; 11], 2, false).await.unwrap_err().fields[0].code, "too_long");
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
    world.store(b"a crash came before its row", "b").await;
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

async fn served(world: &World, file: &Attachment, lines: &[(&'static str, String)]) -> (u16, HeaderMap, Bytes) {
    let start = TestRequest::get().app_data(Data::new(world.files.clone()));
    let request = lines.iter().fold(start, |request, line| request.insert_header((line.0, line.1.as_str())));
    let response = api::serve(file.clone(), &request.to_http_request()).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("the body breaks off")))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn a_file_is_served_whole_or_in_one_part() {
    let world = World::new();
    let content: Vec<u8> = (0..700_000u32).flat_map(|n| n.to_be_bytes()).collect();
    let file = world.upload(agent(1), &content, "发票 \"1\".bin").await;
    let (status, headers, body) = served(&world, &file, &[]).await;
    assert!(status == 200 && body == content);
    assert_eq!(header(&headers, "x-content-type-options"), "nosniff");
    assert_eq!(header(&headers, "content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(header(&headers, "cache-control"), "private, no-cache");
    let disposition = header(&headers, "content-disposition");
    assert!(disposition.starts_with("attachment; filename=\"__ _1_.bin\""), "{disposition}");
    assert!(disposition.contains("filename*=UTF-8''%E5%8F%91%E7%A5%A8%20%221%22.bin"), "{disposition}");

    let total = content.len();
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=65530-65600".to_owned(), 65_530, 65_601),
        ("bytes=1000000-".to_owned(), 1_000_000, total),
        ("bytes=-5".to_owned(), total - 5, total),
        (format!("bytes=10-{}", total * 2), 10, total),
    ] {
        let (status, headers, body) = served(&world, &file, &[("range", range.clone())]).await;
        assert!(status == 206 && body == content[from..to], "{range}");
        assert_eq!(header(&headers, "content-range"), format!("bytes {from}-{}/{total}", to - 1));
    }
    let (status, headers, body) = served(&world, &file, &[("range", format!("bytes={total}-"))]).await;
    assert_eq!((status, header(&headers, "content-range"), body.len()), (416, &*format!("bytes */{total}"), 0));
    for whole in ["bytes=0-1,5-6", "bytes=x", "lines=1-2"] {
        assert_eq!(served(&world, &file, &[("range", whole.into())]).await.0, 200, "{whole}");
    }
}

#[actix_web::test]
async fn a_client_that_has_the_file_need_not_take_it_again() {
    let world = World::new();
    let file = world.upload(agent(1), b"hello", "a.txt").await;
    let etag = header(&served(&world, &file, &[]).await.1, "etag").to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let (status, _, body) = served(&world, &file, &[("if-none-match", known)]).await;
        assert_eq!((status, body.len()), (304, 0));
    }
    assert_eq!(served(&world, &file, &[("if-none-match", "\"other\"".into())]).await.0, 200);
    let part = ("range", "bytes=0-1".to_owned());
    assert_eq!(served(&world, &file, &[part.clone(), ("if-range", etag)]).await.0, 206);
    assert_eq!(served(&world, &file, &[part, ("if-range", "\"other\"".into())]).await.0, 200);
}

#[actix_web::test]
async fn an_empty_file_is_a_file() {
    let world = World::new();
    let file = world.upload(agent(1), b"", "empty.txt").await;
    let (status, _, body) = served(&world, &file, &[]).await;
    assert_eq!((status, body.len()), (200, 0));
    assert_eq!(served(&world, &file, &[("range", "bytes=0-".into())]).await.0, 416);
}

#[actix_web::test]
async fn a_damaged_file_breaks_off_and_never_pretends_to_be_whole() {
    let world = World::new();
    let file = world.upload(agent(1), &[7; HEAD_BYTES * 100], "a.bin").await;
    let path = world.folder.path().join("attachments").join(&file.file[..2]).join(&file.file);
    let mut sealed = std::fs::read(&path).unwrap();
    sealed[500_000] ^= 1;
    std::fs::write(&path, sealed).unwrap();
    let request = TestRequest::get().app_data(Data::new(world.files.clone())).to_http_request();
    let response = api::serve(file, &request).await.unwrap();
    assert!(to_bytes(response.into_body()).await.is_err());
}
