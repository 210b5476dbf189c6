//! `parlor doctor` finds what is wrong: each fault is planted and looked for.

use crate::world::{World, parlor};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Its exit code and findings.
struct Said {
    code: i32,
    findings: Vec<Value>,
}

impl Said {
    fn level(&self, check: &str) -> &str {
        let found = self.findings.iter().find(|finding| finding["check"] == check);
        found.map_or("absent", |finding| finding["level"].as_str().unwrap())
    }

    #[track_caller]
    fn is(&self, check: &str, level: &str) {
        assert_eq!(self.level(check), level, "{check} in {:#?}", self.findings);
        let finding = self.findings.iter().find(|finding| finding["check"] == check).unwrap();
        let needs_remedy = ["warning", "error"].contains(&level);
        assert!(!needs_remedy || !finding["do"].as_str().unwrap().is_empty(), "what to do? {finding}");
    }
}

fn doctor(data: &Path, arguments: &[&str]) -> Said {
    let mut command = parlor();
    command.args(["doctor", "--json", "--data"]).arg(data).args(arguments);
    let output = command.env_remove("CREDENTIALS_DIRECTORY").output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!("{e}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    });
    Said { code: output.status.code().unwrap(), findings: said["findings"].as_array().unwrap().clone() }
}

fn configured(folder: &Path, toml: &str) -> Vec<String> {
    let file = folder.join("doctor.toml");
    fs::write(&file, toml).unwrap();
    vec!["--config".to_owned(), file.to_str().unwrap().to_owned()]
}

/// What it says of a fresh store with this configuration.
fn with_settings(toml: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let arguments = configured(folder.path(), toml);
    doctor(&folder.path().join("data"), &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_server_that_runs_is_well_and_is_not_disturbed() {
    let mut world = World::stopped(&[]);
    world.settle();
    world.init();
    world.start().await;
    let (_visitor, _) = world.begun().await;
    let listen = world.url.trim_start_matches("http://").to_owned();
    let said = doctor(&world.data(), &["--listen", &listen, "--public-url", &world.url]);
    for check in ["server.running", "key.opens", "store.schema", "store.sound", "disk.sync", "port.listen"] {
        said.is(check, "ok");
    }
    said.is("reach.public_url", "ok");
    said.is("key.place", "note");
    assert_eq!(said.code, 0, "warnings alone are no failure: {:#?}", said.findings);
    // It left nothing behind, and the server goes on.
    let left: Vec<_> = fs::read_dir(world.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_str().unwrap().starts_with("doctor")), "{left:?}");
    world.visitor().await.says("still there?").await;
    // There is no backup: with --strict a warning is a failure.
    said.is("backup.age", "warning");
    assert_eq!(doctor(&world.data(), &["--strict", "--listen", &listen]).code, 1);

    // After SIGKILL the log is as it was: it is read without anybody writing.
    world.kill();
    let said = doctor(&world.data(), &["--deep"]);
    said.is("server.running", "note");
    said.is("store.sound", "ok");
    world.start().await;
}

#[tokio::test]
async fn a_server_behind_another_address_is_noticed() {
    let world = World::new().await;
    let other = format!("127.0.0.1:{}", free_port());
    let said = doctor(&world.data(), &["--listen", &other, "--public-url", &format!("http://{other}")]);
    said.is("port.listen", "warning");
    said.is("reach.public_url", "warning");
}

#[test]
fn settings_are_examined() {
    let said = with_settings("lisen = \"127.0.0.1:1\"");
    said.is("config.readable", "error");
    assert!(said.findings[0]["what"].as_str().unwrap().contains("line 1"), "{:?}", said.findings);
    assert_eq!(said.code, 2);
    for (toml, check, level) in [
        ("public_url = \"chat.example\"", "config.public_url", "error"),
        ("public_url = \"http://chat.invalid\"", "config.public_url", "warning"),
        ("public_url = \"https://chat.invalid\"", "config.behind_proxy", "warning"),
        ("public_url = \"https://chat.invalid\"", "dns.name", "warning"),
        ("public_url = \"https://chat.invalid\"", "reach.public_url", "warning"),
        ("behind_proxy = [\"0.0.0.0/0\"]", "config.behind_proxy", "error"),
        ("behind_proxy = [\"127.0.0.1/32\"]\nlisten = \"0.0.0.0:0\"", "config.behind_proxy", "warning"),
        ("behind_proxy = [\"127.0.0.1/32\"]", "config.behind_proxy", "ok"),
        ("listen = \"0.0.0.0:0\"", "tls.certificate", "warning"),
        ("listen = \"192.0.2.1:8080\"", "port.listen", "error"),
        ("[key]\nfile = \"/a\"\npassphrase_file = \"/b\"", "config.key", "error"),
        ("[tls]\ncertificate = \"/nowhere.pem\"\nkey = \"/nowhere.key\"", "tls.key", "error"),
        ("[limits]\nsockets = 4000000000", "files.open", "warning"),
    ] {
        with_settings(toml).is(check, level);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    with_settings(&format!("listen = \"{}\"", taken.local_addr().unwrap())).is("port.listen", "error");
}

fn made() -> (World, PathBuf) {
    let mut world = World::stopped(&[]);
    world.init();
    let data = world.data();
    (world, data)
}

#[test]
fn keys_are_examined() {
    let (_world, data) = made();
    let key = data.join("master.key");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    doctor(&data, &[]).is("key.opens", "ok");

    mode(&key, 0o440);
    let said = doctor(&data, &[]);
    said.is("key.opens", "error");
    assert_eq!(said.code, 2);
    mode(&key, 0o400);

    mode(&data, 0o755);
    doctor(&data, &[]).is("key.folder", "warning");
    mode(&data, 0o700);

    fs::write(data.join("recovery-key.txt"), "x").unwrap();
    doctor(&data, &[]).is("key.recovery", "warning");

    let moved = data.join("../elsewhere.key");
    fs::rename(&key, &moved).unwrap();
    doctor(&data, &[]).is("key.opens", "error");
    doctor(&data, &["--key-file", moved.to_str().unwrap()]).is("key.place", "ok");
    fs::rename(&moved, &key).unwrap();

    fs::remove_file(data.join("keyslots.bak.json")).unwrap();
    let said = doctor(&data, &[]);
    said.is("key.copies", "warning");
    said.is("key.opens", "ok");
    assert!(!data.join("keyslots.bak.json").exists(), "it only looks");
    fs::remove_file(data.join("keyslots.json")).unwrap();
    doctor(&data, &[]).is("key.opens", "error");
}

#[test]
fn the_store_is_examined() {
    let (_world, data) = made();
    let said = doctor(&data, &["--deep"]);
    said.is("store.sound", "ok");
    said.is("clock.back", "ok");
    let store = data.join("parlor.db");
    let whole = fs::read(&store).unwrap();

    let mut bent = whole.clone();
    let middle = bent.len() / 2 / 4096 * 4096 + 2000;
    bent[middle] ^= 1;
    fs::write(&store, &bent).unwrap();
    let said = doctor(&data, &[]);
    said.is("store.sound", "error");
    assert_eq!(said.code, 2);

    let mut headless = whole.clone();
    headless[100] ^= 1;
    fs::write(&store, &headless).unwrap();
    doctor(&data, &[]).is("store.opens", "error");

    fs::write(&store, &whole).unwrap();
    fs::write(data.join("parlor.db-journal"), "x").unwrap();
    doctor(&data, &[]).is("store.opens", "error");
}

/// A certificate of `names`, good from and until these years, and its key.
fn certificate(folder: &Path, names: &[&str], from: i32, until: i32) -> (PathBuf, PathBuf) {
    let mut params =
        rcgen::CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key_pair = rcgen::KeyPair::generate().unwrap();
    let (certificate, key) = (folder.join("c.pem"), folder.join("k.pem"));
    fs::write(&certificate, params.self_signed(&key_pair).unwrap().pem()).unwrap();
    fs::write(&key, key_pair.serialize_pem()).unwrap();
    (certificate, key)
}

#[test]
fn certificates_are_examined() {
    let folder = tempfile::tempdir().unwrap();
    let said = |names: &[&str], from, until, key: Option<&str>| {
        let (certificate, own) = certificate(folder.path(), names, from, until);
        let key = key.map_or(own, PathBuf::from);
        doctor(
            &folder.path().join("data"),
            &[
                "--offline",
                "--public-url",
                "https://chat.example",
                "--tls-cert",
                certificate.to_str().unwrap(),
                "--tls-key",
                key.to_str().unwrap(),
            ],
        )
    };
    let good = said(&["chat.example"], 2020, 2090, None);
    for check in ["tls.key", "tls.time", "tls.names", "tls.chain"] {
        good.is(check, "ok");
    }
    assert_eq!(good.level("dns.name"), "absent", "offline asks nobody");
    said(&["*.example"], 2020, 2090, None).is("tls.names", "ok");
    said(&["shop.example", "127.0.0.1"], 2020, 2090, None).is("tls.names", "error");
    said(&["chat.example"], 2020, 2021, None).is("tls.time", "error");
    said(&["chat.example"], 2089, 2090, None).is("tls.time", "error");
    let other = tempfile::tempdir().unwrap();
    let (_, foreign) = certificate(other.path(), &["chat.example"], 2020, 2090);
    said(&["chat.example"], 2020, 2090, foreign.to_str()).is("tls.key", "error");
}
