//! Keys made, lost, mistaken and damaged.

use super::keyslots::Keyslots;
use super::*;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

struct House {
    dir: TempDir,
}

impl House {
    fn new() -> Self {
        House { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn key_file(&self) -> KeySource {
        KeySource::File(self.path(MASTER_KEY_FILE))
    }

    fn create(&self) -> (Vault, RecoveryKey) {
        Vault::create(self.dir.path(), &self.key_file(), Millis(5)).unwrap()
    }

    fn open(&self, source: &KeySource) -> Result<Vault, VaultError> {
        Vault::open(self.dir.path(), source)
    }

    fn refusal(&self, source: &KeySource) -> &'static str {
        self.open(source).expect_err("it must not open").code()
    }

    fn replace(&self, name: &str, bytes: &[u8], mode: u32) {
        let path = self.path(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn passphrase(text: &str) -> KeySource {
    KeySource::Passphrase(Zeroizing::new(text.to_owned()))
}

fn mark(vault: &Vault) -> [u8; 32] {
    *vault.page_key("test").expand::<32>("mark")
}

#[test]
fn the_first_start_makes_everything_and_the_next_opens_it() {
    let house = House::new();
    let (vault, recovery) = Vault::open_or_create(house.dir.path(), &house.key_file(), Millis(5)).unwrap();
    let recovery = recovery.expect("created");
    let (again, none) = Vault::open_or_create(house.dir.path(), &house.key_file(), Millis(5)).unwrap();
    assert!(none.is_none());
    assert_eq!(mark(&vault), mark(&again));
    let mode = fs::metadata(house.path(MASTER_KEY_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o400);
    // The paper opens it too, and without the master key.
    fs::remove_file(house.path(MASTER_KEY_FILE)).unwrap();
    let typed = recovery.reveal().parse().unwrap();
    assert_eq!(mark(&house.open(&KeySource::Recovery(typed)).unwrap()), mark(&vault));
    assert_eq!(format!("{vault:?}").matches("Secret(..)").count(), 1);
}

#[test]
fn purposes_and_vaults_have_keys_of_their_own() {
    let (vault, _) = House::new().create();
    let (other, _) = House::new().create();
    let key = |vault: &Vault, purpose| *vault.page_key(purpose).expand::<32>("page");
    assert_ne!(key(&vault, "a"), key(&vault, "b"));
    assert_ne!(key(&vault, "a"), key(&other, "a"));
}

#[test]
fn each_trouble_with_the_key_has_its_own_name() {
    let house = House::new();
    let (_, _) = house.create();
    let key = fs::read(house.path(MASTER_KEY_FILE)).unwrap();
    fs::remove_file(house.path(MASTER_KEY_FILE)).unwrap();
    assert_eq!(house.refusal(&house.key_file()), "vault.key_missing");
    house.replace(MASTER_KEY_FILE, &key, 0o440);
    assert_eq!(house.refusal(&house.key_file()), "vault.key_file_permissions");
    let words = house.open(&house.key_file()).unwrap_err().to_string();
    assert!(words.contains("chmod 0400"), "{words}");
    for not_a_key in [&b""[..], b"hello", &key[..60], &[b'g'; 64]] {
        house.replace(MASTER_KEY_FILE, not_a_key, 0o400);
        assert_eq!(house.refusal(&house.key_file()), "vault.key_file_invalid");
    }
    house.replace(MASTER_KEY_FILE, &[b'0'; 64], 0o400);
    assert_eq!(house.refusal(&house.key_file()), "vault.wrong_key");
    assert_eq!(house.refusal(&KeySource::Recovery(RecoveryKey::generate())), "vault.wrong_key");
    assert_eq!(house.refusal(&passphrase("a long passphrase")), "vault.no_such_slot");
    house.replace(MASTER_KEY_FILE, key.to_ascii_uppercase().trim_ascii(), 0o400);
    assert!(house.open(&house.key_file()).is_ok());
    // The service manager's own copy may show group bits.
    house.replace("parlor-master-key", &key, 0o440);
    assert!(house.open(&KeySource::Credential(house.path("parlor-master-key"))).is_ok());
}

#[test]
fn a_passphrase_opens_and_a_wrong_one_does_not() {
    let house = House::new();
    let create = |text| Vault::create(house.dir.path(), &passphrase(text), Millis(5));
    assert_eq!(create("short").unwrap_err().code(), "vault.weak_passphrase");
    let (vault, _) = create("correct horse battery").unwrap();
    let again = house.open(&passphrase("correct horse battery")).unwrap();
    assert_eq!(mark(&vault), mark(&again));
    assert_eq!(house.refusal(&passphrase("correct horse batterx")), "vault.wrong_passphrase");
    assert_eq!(house.refusal(&house.key_file()), "vault.key_missing");
    assert!(!house.path(MASTER_KEY_FILE).exists());
}

#[test]
fn one_damaged_copy_of_the_slots_is_repaired_and_two_are_not() {
    for damaged in ["keyslots.json", "keyslots.bak.json"] {
        let house = House::new();
        let (vault, _) = house.create();
        let whole = fs::read(house.path(damaged)).unwrap();
        for at in (0..whole.len()).step_by(37) {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            fs::write(house.path(damaged), bent).unwrap();
            assert_eq!(mark(&house.open(&house.key_file()).unwrap()), mark(&vault));
            assert_eq!(fs::read(house.path(damaged)).unwrap(), whole, "byte {at}");
        }
        fs::remove_file(house.path(damaged)).unwrap();
        assert!(house.open(&house.key_file()).is_ok());
        assert!(house.path(damaged).exists());
        fs::write(house.path("keyslots.json"), b"{").unwrap();
        fs::write(house.path("keyslots.bak.json"), &whole[..whole.len() / 2]).unwrap();
        assert_eq!(house.refusal(&house.key_file()), "vault.slots_damaged");
    }
}

#[test]
fn slots_that_a_stranger_altered_are_refused() {
    let house = House::new();
    house.create();
    // The stranger takes the recovery slot away and corrects the plain hash.
    let text = fs::read(house.path("keyslots.json")).unwrap();
    let mut stored: serde_json::Value = serde_json::from_slice(&text).unwrap();
    stored["slots"]["slots"].as_array_mut().unwrap().pop();
    let slots: Keyslots = serde_json::from_value(stored["slots"].clone()).unwrap();
    let mac = stored["mac"].as_str().unwrap().to_owned();
    stored["sha256"] = keyslots::plain_hash(&slots, &mac).into();
    for name in ["keyslots.json", "keyslots.bak.json"] {
        fs::write(house.path(name), stored.to_string()).unwrap();
    }
    assert_eq!(house.refusal(&house.key_file()), "vault.slots_forged");
}

#[test]
fn lost_slots_are_not_replaced_by_new_ones() {
    let house = House::new();
    house.create();
    assert_eq!(
        Vault::create(house.dir.path(), &house.key_file(), Millis(5)).unwrap_err().code(),
        "vault.already_created"
    );
    fs::write(house.path("main.db"), b"sealed").unwrap();
    for name in ["keyslots.json", "keyslots.bak.json"] {
        fs::remove_file(house.path(name)).unwrap();
    }
    assert_eq!(house.refusal(&house.key_file()), "vault.slots_missing");
    let again = Vault::open_or_create(house.dir.path(), &house.key_file(), Millis(5));
    assert_eq!(again.unwrap_err().code(), "vault.slots_missing");
}

#[test]
fn newer_slots_are_left_alone() {
    let house = House::new();
    house.create();
    let text = fs::read_to_string(house.path("keyslots.json")).unwrap();
    fs::write(house.path("keyslots.json"), text.replace("\"version\": 2", "\"version\": 3")).unwrap();
    assert_eq!(house.refusal(&house.key_file()), "vault.slots_too_new");
}

#[test]
fn the_source_is_found_in_order() {
    let house = House::new();
    let find = |vars: &[(&str, &std::path::Path)]| {
        let vars: Vec<_> = vars.iter().map(|(k, v)| (*k, v.as_os_str().to_owned())).collect();
        let env = |name: &str| vars.iter().find(|(k, _)| *k == name).map(|(_, v)| v.clone());
        format!("{:?}", KeySource::find(house.dir.path(), env).unwrap())
    };
    assert!(find(&[]).starts_with("File("));
    let credentials = ("CREDENTIALS_DIRECTORY", house.dir.path());
    assert!(find(&[credentials]).starts_with("File("));
    house.replace("secret.txt", b"a passphrase in a file\n", 0o400);
    let file = house.path("secret.txt");
    let from_file = ("PARLOR_PASSPHRASE_FILE", file.as_path());
    assert_eq!(find(&[from_file, credentials]), "Passphrase(..)");
    house.replace("parlor-master-key", b"x", 0o400);
    assert!(find(&[from_file, credentials]).starts_with("Credential("));
}
