//! `parlor doctor` finds what is wrong: each fault is planted and looked for.

use crate::faults::cage::Cage;
use crate::world::{World, parlor};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

    // Its key may be for it alone, as a systemd credential is.
    let (key, away) = (world.data().join("master.key"), world.data().join("../away.key"));
    fs::rename(&key, &away).unwrap();
    let said = doctor(&world.data(), &["--listen", &listen]);
    said.is("key.opens", "note");
    assert_eq!(said.level("key.place"), "absent");
    assert_eq!(said.code, 0, "{:#?}", said.findings);
    fs::rename(&away, &key).unwrap();

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
        ("listen = \"127.0.0.1:3999\"\n[calls]\ntls_listen = \"127.0.0.1:3999\"", "calls.tls_port", "error"),
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

/// Seconds since 1970, from now.
fn in_days(days: i64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    Duration::from_secs((now + days * 86_400) as u64)
}

/// A certificate of `names`, good from and until so many days from now, and its key.
fn certificate(folder: &Path, names: &[&str], from: i64, until: i64) -> (PathBuf, PathBuf) {
    let key_pair = rcgen::KeyPair::generate().unwrap();
    let (certificate, key) = (folder.join("c.pem"), folder.join("k.pem"));
    fs::write(&certificate, params(names, from, until).self_signed(&key_pair).unwrap().pem()).unwrap();
    fs::write(&key, key_pair.serialize_pem()).unwrap();
    (certificate, key)
}

fn params(names: &[&str], from: i64, until: i64) -> rcgen::CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    (params.not_before, params.not_after) = (epoch + in_days(from), epoch + in_days(until));
    params
}

/// A certificate by another one, and that one's: server's, authority's, and the server's key.
fn issued(folder: &Path) -> (String, String, PathBuf) {
    let mut authority = params(&[], -1, 100);
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "An authority");
    let (own, theirs) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    let root = authority.self_signed(&theirs).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, theirs);
    let mut leaf = params(&["chat.example"], -1, 100);
    leaf.distinguished_name.push(rcgen::DnType::CommonName, "chat.example");
    let key = folder.join("issued.key");
    fs::write(&key, own.serialize_pem()).unwrap();
    (leaf.signed_by(&own, &issuer).unwrap().pem(), root, key)
}

fn with_certificate(folder: &Path, certificate: &Path, key: &Path) -> Said {
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let arguments = ["--offline", "--public-url", "https://chat.example", "--tls-cert", certificate, "--tls-key", key];
    doctor(&folder.join("data"), &arguments)
}

#[test]
fn certificates_are_examined() {
    let folder = tempfile::tempdir().unwrap();
    let said = |names: &[&str], from, until| {
        let (certificate, key) = certificate(folder.path(), names, from, until);
        with_certificate(folder.path(), &certificate, &key)
    };
    let good = said(&["chat.example"], -1, 100);
    for check in ["tls.key", "tls.time", "tls.names", "tls.chain"] {
        good.is(check, "ok");
    }
    assert_eq!(good.level("dns.name"), "absent", "offline asks nobody");
    said(&["*.example"], -1, 100).is("tls.names", "ok");
    said(&["shop.example", "127.0.0.1"], -1, 100).is("tls.names", "error");
    said(&["chat.example"], -10, -1).is("tls.time", "error");
    said(&["chat.example"], 1, 100).is("tls.time", "error");
    said(&["chat.example"], -1, 20).is("tls.time", "warning");

    let other = tempfile::tempdir().unwrap();
    let (own, _) = certificate(folder.path(), &["chat.example"], -1, 100);
    let (_, foreign) = certificate(other.path(), &["chat.example"], -1, 100);
    with_certificate(folder.path(), &own, &foreign).is("tls.key", "error");

    let (leaf, root, key) = issued(folder.path());
    let file = folder.path().join("chain.pem");
    for (chain, level) in
        [(leaf.clone() + &root, "ok"), (leaf.clone(), "warning"), (leaf + &fs::read_to_string(own).unwrap(), "error")]
    {
        fs::write(&file, chain).unwrap();
        with_certificate(folder.path(), &file, &key).is("tls.chain", level);
    }
}

#[test]
fn backups_are_examined() {
    let (_world, data) = made();
    doctor(&data, &[]).is("backup.age", "warning");
    fs::create_dir(data.join("backups")).unwrap();
    fs::write(data.join("backups/notes"), "no backup").unwrap();
    doctor(&data, &[]).is("backup.age", "warning");
    let mut backup = parlor();
    let made = backup.args(["backup", "--data"]).arg(&data).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    doctor(&data, &[]).is("backup.age", "ok");
}

#[test]
fn a_bucket_without_its_keys_is_found_before_the_night() {
    let keys = tempfile::tempdir().unwrap();
    let toml = format!(
        "[backup.s3]\nendpoint = \"https://s3.example\"\nbucket = \"b\"\naccess_key_file = \"{0}/access\"\nsecret_key_file = \"{0}/secret\"\n",
        keys.path().display()
    );
    with_settings(&toml).is("backup.bucket", "error");
    fs::write(keys.path().join("access"), "a").unwrap();
    fs::write(keys.path().join("secret"), " ").unwrap();
    with_settings(&toml).is("backup.bucket", "error");
    fs::write(keys.path().join("secret"), "s").unwrap();
    with_settings(&toml).is("backup.bucket", "ok");
}

/// A disk in memory, unmounted at the end.
struct Mounted<'p>(&'p Path);

impl<'p> Mounted<'p> {
    /// `None` where it may not be mounted.
    fn tmpfs(path: &'p Path, options: &str) -> Option<Mounted<'p>> {
        let mount = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(path).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Mounted(path))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn disks_are_examined() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Mounted::tmpfs(folder.path(), "size=40m,nr_inodes=500") else {
        eprintln!("NOT RUN: nothing can be mounted here");
        return;
    };
    let said = doctor(folder.path(), &[]);
    said.is("disk.space", "error");
    said.is("disk.inodes", "warning");
    said.is("disk.kind", "warning");
    said.is("disk.sync", "ok");
    drop(disk);
    let Some(_disk) = Mounted::tmpfs(folder.path(), "size=300m,ro") else { return };
    let said = doctor(folder.path(), &[]);
    said.is("disk.space", "warning");
    said.is("disk.writable", "error");
}

#[test]
fn memory_is_examined() {
    let Some(cage) = Cage::empty(&format!("doctor-{}", std::process::id()), 100 << 20) else {
        eprintln!("NOT RUN: no control group can be made here");
        return;
    };
    let entrance = cage.entrance();
    let mut command = std::process::Command::new(&entrance[0]);
    command.args(&entrance[1..]).arg(parlor().get_program());
    let output = command.args(["doctor", "--json", "--offline", "--data", "/nowhere"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    Said { code: 0, findings: said["findings"].as_array().unwrap().clone() }.is("memory.limit", "error");
}
