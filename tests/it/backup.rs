//! Backups: made while people talk, brought to another machine, opened by whoever may, refused when anything is wrong.

use crate::bucket::{ACCESS_KEY, Bucket, REGION, SECRET_KEY};
use crate::faults::disk::Disk;
use crate::world::{Agent, OWNER, Printed, World, files_below, new_id, parlor, run_with_input};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Set up and served, with what `init` said.
async fn settled(toml: &str) -> (World, String) {
    let mut world = World::stopped(&[]);
    world.configure(toml);
    let printed = world.try_init();
    assert!(printed.success, "{}", printed.text);
    let word = |sign: fn(&str) -> bool| printed.text.split_whitespace().find(|word| sign(word)).unwrap().to_owned();
    world.channel_key = word(|word| word.starts_with("wc_")).trim_end_matches('.').to_owned();
    let recovery = word(|word| word.len() == 41 && word.matches('-').count() == 5);
    world.start().await;
    (world, recovery)
}

fn run(arguments: &[&str], data: &Path, input: &str) -> Printed {
    let mut command = parlor();
    command.args(arguments).arg("--data").arg(data);
    run_with_input(command, input)
}

#[track_caller]
fn succeeds(arguments: &[&str], data: &Path, input: &str) -> String {
    let printed = run(arguments, data, input);
    assert!(printed.success, "{arguments:?}: {}", printed.text);
    printed.text
}

#[track_caller]
fn is_refused(arguments: &[&str], data: &Path, input: &str, because: &str) {
    let printed = run(arguments, data, input);
    assert!(!printed.success && printed.text.contains(because), "{arguments:?}: {}", printed.text);
}

/// Every conversation with every message, and the bytes of every file.
async fn look(olga: &Agent) -> (Value, Vec<Vec<u8>>) {
    let (mut all, mut files) = (Vec::new(), Vec::new());
    for conversation in olga.inbox("all").await {
        let history = olga.history(conversation["id"].as_str().unwrap()).await;
        for file in history.iter().flat_map(|message| message["attachments"].as_array().cloned().unwrap_or_default()) {
            files.push(olga.get(&format!("/attachments/{}", file["id"].as_str().unwrap())).await.bytes);
        }
        all.push(json!(history));
    }
    (json!(all), files)
}

/// A visitor who talks and sends a file of so many bytes.
async fn talks(world: &World, bytes: usize) {
    let (visitor, _) = world.begun().await;
    let file = vec![b'x'; bytes];
    let file = visitor.upload("/visitor/attachments", "long.txt", "text/plain", file).await.ok(201);
    let message = json!({"client_id": new_id(), "text": "我要退款", "attachments": [file["id"]]});
    visitor.post("/visitor/messages", &message).await.ok(201);
}

/// The only backup in a folder.
fn only_backup(folder: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn a_backup_made_while_people_talk_comes_back_on_another_machine() {
    let (world, recovery) = settled("").await;
    talks(&world, 300_000).await;
    let olga = Agent::sign_in(&world, OWNER).await;
    let cursor = olga.socket().await.welcome["cursor"].as_str().unwrap().to_owned();
    let before = look(&olga).await;
    let place = tempfile::tempdir().unwrap();
    let to = place.path().to_str().unwrap();
    let said = succeeds(&["backup", "--to", to], &world.data(), "");
    assert!(said.contains("1 attachments"), "{said}");
    talks(&world, 10).await;
    let file = only_backup(place.path());
    let file = file.to_str().unwrap();
    assert!(succeeds(&["backup", "verify", file], &world.data(), "").contains("is whole"));
    assert_eq!(only_backup(place.path()).to_str().unwrap(), file, "verifying leaves nothing behind");
    assert!(succeeds(&["backup", "list", to], &world.data(), "").contains(file));

    // Nothing of the first machine but the file and a piece of paper.
    let mut other = World::stopped(&[]);
    let without_keys = run(&["restore", file], &other.data(), "");
    assert!(!without_keys.success && without_keys.text.contains("--recovery-key-stdin"), "{}", without_keys.text);
    let restored = succeeds(&["restore", file, "--recovery-key-stdin"], &other.data(), &recovery);
    assert!(restored.contains("1 attachments, as they were"), "{restored}");
    other.start().await;
    let olga = Agent::sign_in(&other, OWNER).await;
    assert_eq!(look(&olga).await, before, "what was there then, and nothing of later");
    let (socket, told) = olga.socket_from(&cursor).await;
    assert_eq!((&socket.welcome["reset"], told.len()), (&json!(true), 0), "an old cursor means nothing here");
}

#[tokio::test]
async fn a_store_at_rest_is_backed_up_too_and_only_what_is_asked_for_is_replaced() {
    let (mut world, _) = settled("").await;
    talks(&world, 10).await;
    let olga = Agent::sign_in(&world, OWNER).await;
    let before = look(&olga).await;
    world.stop();
    succeeds(&["backup"], &world.data(), "");
    let file = only_backup(&world.data().join("backups"));
    let file = file.to_str().unwrap();
    world.start().await;
    talks(&world, 10).await;
    is_refused(&["restore", file], &world.data(), "", "stop it first");
    world.stop();
    is_refused(&["restore", file], &world.data(), "", "--replace");
    let said = succeeds(&["restore", file, "--replace"], &world.data(), "");
    let aside = said.split_whitespace().find(|word| word.contains(".before-")).unwrap().trim_end_matches('.');
    assert!(Path::new(aside).join("parlor.db").exists(), "{said}");
    world.start().await;
    assert_eq!(look(&Agent::sign_in(&world, OWNER).await).await, before);
    assert!(Path::new(file).exists(), "the backups stay where they were");
}

#[tokio::test]
async fn what_is_cut_off_or_bent_is_found_and_never_restored() {
    let (mut world, _) = settled("").await;
    talks(&world, 200_000).await;
    world.stop();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("x.parlor-backup");
    let name = file.to_str().unwrap();
    succeeds(&["backup", "--to", name], &world.data(), "");
    let whole = std::fs::read(&file).unwrap();
    let target = place.path().join("new");
    let key = world.data().join("master.key");
    let restore = ["restore", name, "--key-file", key.to_str().unwrap()];
    let mut bad: Vec<(String, Vec<u8>)> = Vec::new();
    for at in (0..whole.len()).step_by(whole.len() / 12).chain([9, 100, whole.len() - 1]) {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        bad.push((format!("bent at {at}"), bent));
        bad.push((format!("cut at {at}"), whole[..at].to_vec()));
    }
    // Whole chunks gone at the end, or in the middle.
    bad.push(("without a chunk".into(), [&whole[..70_000], &whole[70_000 + 65_552..]].concat()));
    for (what, bytes) in bad {
        std::fs::write(&file, bytes).unwrap();
        let printed = run(&restore, &target, "");
        assert!(!printed.success, "{what}: {}", printed.text);
        assert_eq!(only_backup(place.path()), file, "{what}: it leaves nothing");
        assert!(!run(&["backup", "verify", name], &world.data(), "").success, "{what}");
    }
    std::fs::write(&file, &whole).unwrap();
    succeeds(&restore, &target, "");
}

#[tokio::test]
async fn a_backup_to_a_public_key_opens_with_the_private_one() {
    let keys = tempfile::tempdir().unwrap();
    let (private, other) = (keys.path().join("private"), keys.path().join("other"));
    let mut generate = parlor();
    generate.args(["backup", "keygen"]).arg(&private);
    let line = run_with_input(generate, "").text;
    let line = line.lines().find(|line| line.starts_with("public_key")).unwrap().to_owned();
    let mut generate = parlor();
    generate.args(["backup", "keygen"]).arg(&other);
    assert!(run_with_input(generate, "").success);
    let (world, _) = settled(&format!("[backup]\n{line}")).await;
    talks(&world, 10).await;
    succeeds(&["backup"], &world.data(), "");
    let before = look(&Agent::sign_in(&world, OWNER).await).await;
    let file = only_backup(&world.data().join("backups"));
    let file = file.to_str().unwrap();
    let mut elsewhere = World::stopped(&[]);
    let with = |key: &Path| ["restore", file, "--private-key", key.to_str().unwrap()].map(str::to_owned);
    let with = |key: &Path| run(&with(key).each_ref().map(String::as_str), &elsewhere.data(), "");
    assert!(!with(&other).success, "another private key");
    let printed = with(&private);
    assert!(printed.success, "{}", printed.text);
    elsewhere.start().await;
    assert_eq!(look(&Agent::sign_in(&elsewhere, OWNER).await).await, before);
    // And as ever with the keys of the store.
    succeeds(&["backup", "verify", file], &world.data(), "");
}

#[tokio::test]
async fn backups_are_made_at_their_times_and_hold_no_word_in_the_clear() {
    let mut world = World::stopped(&[]);
    world.init();
    // As if the last one had been long ago.
    let run = json!({"began_at": 0, "ended_at": 0, "reason": "scheduled", "file": null, "bytes": 0, "failure": null, "warning": null});
    let runs = json!({"last": run, "last_good": run});
    std::fs::write(world.data().join("backup-runs.json"), runs.to_string()).unwrap();
    world.configure("[backup]\nat = [\"00:00\"]");
    world.start().await;
    let (visitor, _) = world.begun().await;
    visitor.says("Zaubersprüche").await;
    let folder = world.data().join("backups");
    let made = || {
        std::fs::read_dir(&folder).is_ok_and(|mut entries| {
            entries.any(|entry| entry.unwrap().path().extension().is_some_and(|ending| ending == "parlor-backup"))
        })
    };
    for _ in 0..200 {
        if made() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let file = only_backup(&folder);
    let clear: Vec<u8> = files_below(&folder).remove(0).1;
    assert!(!clear.windows(6).any(|window| window == b"Zauber"), "words of a visitor");
    succeeds(&["backup", "verify", file.to_str().unwrap()], &world.data(), "");
    let runs: Value = serde_json::from_slice(&std::fs::read(world.data().join("backup-runs.json")).unwrap()).unwrap();
    assert_eq!(runs["last_good"]["file"], file.to_str().unwrap(), "{runs}");
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_says_why_and_leaves_nothing() {
    let (world, _) = settled("").await;
    let place = tempfile::tempdir().unwrap();
    let taken = place.path().join("taken.parlor-backup");
    std::fs::write(&taken, "mine").unwrap();
    is_refused(&["backup", "--to", taken.to_str().unwrap()], &world.data(), "", "is there already");
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
    is_refused(&["backup", "--to", "/proc/nowhere"], &world.data(), "", "/proc/nowhere");
    is_refused(&["backup", "verify", taken.to_str().unwrap()], &world.data(), "", "no backup of Parlor");
    is_refused(&["restore", "/nowhere/at/all"], &world.data(), "", "/nowhere/at/all");
    is_refused(&["backup"], place.path(), "", "there is no store");
}

/// All lines of it, by whoever has the store.
fn dump(data: &Path, place: &Path, name: &str) -> (String, String) {
    let to = place.join(name);
    let said = succeeds(&["dump", "--to", to.to_str().unwrap()], data, "");
    (said, std::fs::read_to_string(to).unwrap())
}

#[tokio::test]
async fn what_a_store_says_is_byte_for_byte_the_same_after_a_restore() {
    let (mut world, recovery) = settled("").await;
    for bytes in [10, 300_000, 1] {
        talks(&world, bytes).await;
    }
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let by_the_server = dump(&world.data(), place.path(), "1.jsonl");
    world.stop();
    let before = dump(&world.data(), place.path(), "2.jsonl");
    let tables =
        |said: &str, but: &str| said.lines().filter(|line| !line.contains(but)).map(str::to_owned).collect::<Vec<_>>();
    // The watch writes its probe when the server stops and starts.
    assert_eq!(
        tables(&by_the_server.0, "watch_probe").len(),
        tables(&before.0, "watch_probe").len(),
        "{} {}",
        by_the_server.0,
        before.0
    );
    assert!(before.1.contains("我要退款") && before.1.contains("\"file\":"), "{}", before.1);
    assert!(before.0.contains("3  (files)") && before.0.contains("0  (recordings)"), "{}", before.0);
    succeeds(&["backup", "--to", &at("b.parlor-backup")], &world.data(), "");
    let other = World::stopped(&[]);
    succeeds(&["restore", &at("b.parlor-backup"), "--recovery-key-stdin"], &other.data(), &recovery);
    assert_eq!(dump(&other.data(), place.path(), "3.jsonl"), before);
    let sum = before.0.lines().last().unwrap().split(' ').next().unwrap().to_owned();
    let file = ring::digest::digest(&ring::digest::SHA256, before.1.as_bytes());
    assert_eq!(sum, file.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    // The same words under another root key.
    succeeds(&["key", "rotate"], &other.data(), "");
    assert_eq!(dump(&other.data(), place.path(), "4.jsonl"), before);
    // One file less is told.
    let (file, _) = files_below(&other.data().join("attachments")).remove(0);
    std::fs::remove_file(file).unwrap();
    is_refused(&["dump"], &other.data(), "", "are not on the disk");
}

#[tokio::test]
async fn who_ends_a_backup_leaves_nothing_behind() {
    let (world, _) = settled("[backup]\nmegabytes_per_second = 1\n").await;
    for _ in 0..4 {
        talks(&world, 900_000).await;
    }
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    for signal in [Signal::INT, Signal::TERM] {
        let begun = || {
            let mut command = parlor();
            command.args(["backup", "--to", &at("b.parlor-backup")]).arg("--data").arg(world.data());
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let (mut child, until) = (begun(), Instant::now() + Duration::from_secs(20));
        while std::fs::metadata(at("b.parlor-backup.partial")).map_or(0, |file| file.len()) < 100_000 {
            // The server may still be at the one before.
            if child.try_wait().unwrap().is_some() {
                assert!(Instant::now() < until, "no backup begins");
                child = begun();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The one before did not fail: somebody ended it.
        assert!(!world.data().join("backup-runs.json").exists());
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
    // And the server is rid of it too: the next one need not wait.
    let until = Instant::now() + Duration::from_secs(20);
    while !run(&["backup", "--to", &at("next.parlor-backup")], &world.data(), "").success {
        assert!(Instant::now() < until, "the server is still at the one that nobody wants");
    }
    assert_eq!(only_backup(place.path()).file_name().unwrap(), "next.parlor-backup");
}

#[tokio::test]
async fn a_backup_goes_where_the_caller_may_write_and_the_server_may_not() {
    use std::os::unix::fs::PermissionsExt;
    let (world, _) = settled("").await;
    talks(&world, 10).await;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("stick");
    succeeds(&["backup", "--to", folder.to_str().unwrap()], &world.data(), "");
    let file = only_backup(&folder);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    succeeds(&["backup", "verify", file.to_str().unwrap()], &world.data(), "");
    let runs: Value = serde_json::from_slice(&std::fs::read(world.data().join("backup-runs.json")).unwrap()).unwrap();
    assert_eq!(runs["last_good"]["file"], file.to_str().unwrap(), "{runs}");
}

#[tokio::test]
async fn a_disk_that_fills_up_under_a_backup_ends_it_and_nothing_else() {
    let (world, _) = settled("[backup]\nmegabytes_per_second = 2").await;
    talks(&world, 20_000_000).await;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("small");
    let Some(disk) = Disk::mount(folder.clone(), 120) else {
        return eprintln!("only root can mount a disk");
    };
    let (data, to) = (world.data(), folder.clone());
    let making = std::thread::spawn(move || run(&["backup", "--to", to.to_str().unwrap()], &data, ""));
    let written = || {
        let entries = std::fs::read_dir(&folder).unwrap();
        entries.map(|entry| entry.unwrap().metadata().map_or(0, |file| file.len())).sum::<u64>()
    };
    while written() < 2_000_000 {
        assert!(!making.is_finished(), "{}", making.join().unwrap().text);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    disk.fill();
    let failed = making.join().unwrap();
    assert!(!failed.success && failed.text.contains("is full"), "{}", failed.text);
    disk.free();
    assert_eq!(written(), 0, "half a backup stays on the disk");
    world.begun().await.0.says("people did not notice").await;
    succeeds(&["backup", "--to", folder.to_str().unwrap()], &world.data(), "");
}

fn bucket_settings(bucket: &Bucket, keys: &Path, secret: &str, more: &str) -> String {
    std::fs::write(keys.join("access"), ACCESS_KEY).unwrap();
    std::fs::write(keys.join("secret"), format!("{secret}\n")).unwrap();
    let file = |name: &str| keys.join(name).to_str().unwrap().to_owned();
    format!(
        "[backup]\n{more}\n[backup.s3]\nendpoint = {:?}\nregion = \"{REGION}\"\nbucket = \"backups\"\nprefix = \"会客厅/a b+\"\n\
         access_key_file = {:?}\nsecret_key_file = {:?}\n",
        bucket.endpoint,
        file("access"),
        file("secret")
    )
}

/// By their names here: there they have a prefix, encoded.
fn brought(bucket: &Bucket) -> Vec<(String, Vec<u8>)> {
    let prefix = "%E4%BC%9A%E5%AE%A2%E5%8E%85/a%20b%2B";
    bucket.objects().into_iter().map(|(name, bytes)| (name.strip_prefix(prefix).unwrap().to_owned(), bytes)).collect()
}

fn lying(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = files_below(folder)
        .into_iter()
        .map(|(path, bytes)| (path.file_name().unwrap().to_str().unwrap().to_owned(), bytes))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_backup_reaches_the_bucket_too_in_parts_if_it_is_long_and_old_ones_go_there_as_here() {
    let (bucket, keys) = (Bucket::open().await, tempfile::tempdir().unwrap());
    let keep = "keep = { daily = 1, weekly = 0, monthly = 0 }\nmegabytes_per_second = 1000";
    let (world, _) = settled(&bucket_settings(&bucket, keys.path(), SECRET_KEY, keep)).await;
    let folder = world.data().join("backups");
    // What is there for a moment only is tried again.
    bucket.fails(1);
    succeeds(&["backup"], &world.data(), "");
    assert_eq!(brought(&bucket), lying(&folder));
    let first = lying(&folder).remove(0).0;
    talks(&world, 20_000_000).await;
    succeeds(&["backup"], &world.data(), "");
    assert_eq!(brought(&bucket), lying(&folder));
    assert!(brought(&bucket).len() == 1 && brought(&bucket)[0].0 != first, "only today's newest is kept");
    assert!(bucket.parts().contains(&(16 << 20)) && bucket.unfinished() == 0, "{:?}", bucket.parts());
    assert_eq!(bucket.refused(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_refuses_us_is_told_and_what_was_made_stays_here() {
    let (bucket, keys) = (Bucket::open().await, tempfile::tempdir().unwrap());
    let (world, _) = settled(&bucket_settings(&bucket, keys.path(), "another secret", "")).await;
    is_refused(&["backup"], &world.data(), "", "403");
    assert_eq!((bucket.objects().len(), bucket.refused()), (0, vec!["the signature is another one".to_owned()]));
    let file = only_backup(&world.data().join("backups"));
    succeeds(&["backup", "verify", file.to_str().unwrap()], &world.data(), "");
    let runs: Value = serde_json::from_slice(&std::fs::read(world.data().join("backup-runs.json")).unwrap()).unwrap();
    assert!(runs["last"]["failure"].to_string().contains("403") && runs["last_good"].is_null(), "{runs}");
}
