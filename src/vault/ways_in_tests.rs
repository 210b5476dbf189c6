//! Ways in added, taken away and renewed, and the root key exchanged below them.

use super::*;
use std::path::PathBuf;
use tempfile::TempDir;

struct House {
    dir: TempDir,
    recovery: RecoveryKey,
}

impl House {
    fn new() -> (Self, Vault) {
        let dir = tempfile::tempdir().unwrap();
        let source = KeySource::File(dir.path().join(MASTER_KEY_FILE));
        let (vault, recovery) = Vault::create(dir.path(), &source, Millis(5)).unwrap();
        (House { dir, recovery }, vault)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn with_file(&self, name: &str) -> Result<Vault, VaultError> {
        Vault::open(self.dir.path(), &KeySource::File(self.path(name)))
    }

    fn with_passphrase(&self, text: &str) -> Result<Vault, VaultError> {
        Vault::open(self.dir.path(), &KeySource::Passphrase(Zeroizing::new(text.to_owned())))
    }

    fn with_recovery(&self, key: &RecoveryKey) -> Result<Vault, VaultError> {
        Vault::open(self.dir.path(), &KeySource::Recovery(key.clone()))
    }
}

fn passphrase(text: &str) -> NewSecret {
    NewSecret::Passphrase(Zeroizing::new(text.to_owned()))
}

/// What every seal depends on.
fn mark(vault: &Vault) -> [u8; 32] {
    *vault.page_key("test").expand::<32>("mark")
}

fn refusal<T>(answer: Result<T, VaultError>) -> &'static str {
    answer.map(drop).expect_err("it must be refused").code()
}

fn ids(vault: &Vault) -> Vec<u32> {
    vault.ways_in().unwrap().iter().map(|way_in| way_in.id).collect()
}

#[test]
fn a_new_vault_lists_two_ways_in_and_says_which_one_opened() {
    let (house, vault) = House::new();
    let list = vault.ways_in().unwrap();
    let shown: Vec<_> = list.iter().map(|w| (w.id, w.kind, w.label.as_str(), w.made_at, w.opened)).collect();
    let at = Some(Millis(5));
    assert_eq!(shown, [(1, Kind::Key, "key file", at, true), (2, Kind::Recovery, "recovery key", at, false)]);
    let by_paper = house.with_recovery(&house.recovery).unwrap().ways_in().unwrap();
    assert_eq!(by_paper.iter().map(|way_in| way_in.opened).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn each_kind_can_be_added_and_opens_the_same() {
    let (house, vault) = House::new();
    let (file, _) = vault.add_way_in(NewSecret::KeyFile(house.path("usb.key")), "the USB stick", Millis(7)).unwrap();
    let (words, _) = vault.add_way_in(passphrase("correct horse battery"), "Olga", Millis(8)).unwrap();
    let (paper, second) = vault.add_way_in(NewSecret::Recovery, "in the safe", Millis(9)).unwrap();
    assert_eq!((file, words, paper), (3, 4, 5));
    assert_eq!(refusal(vault.add_way_in(passphrase("short"), "", Millis(9))), "vault.weak_passphrase");
    for again in [
        house.with_file("usb.key"),
        house.with_passphrase("correct horse battery"),
        house.with_recovery(&second.unwrap()),
        house.with_recovery(&house.recovery),
        house.with_file(MASTER_KEY_FILE),
    ] {
        assert_eq!(mark(&again.unwrap()), mark(&vault));
    }
    let list = vault.ways_in().unwrap();
    assert_eq!((list[2].label.as_str(), list[2].made_at), ("the USB stick", Some(Millis(7))));
}

#[test]
fn what_is_taken_away_opens_no_more_and_its_number_is_not_given_again() {
    let (house, vault) = House::new();
    let (words, _) = vault.add_way_in(passphrase("correct horse battery"), "", Millis(8)).unwrap();
    vault.remove_way_in(words).unwrap();
    assert_eq!(refusal(house.with_passphrase("correct horse battery")), "vault.no_such_slot");
    assert_eq!(refusal(vault.remove_way_in(words)), "vault.no_such_id");
    let (next, _) = vault.add_way_in(passphrase("correct horse battery"), "", Millis(8)).unwrap();
    assert_eq!(next, words + 1);
    for id in [1, 2] {
        vault.remove_way_in(id).unwrap();
    }
    assert_eq!(refusal(vault.remove_way_in(next)), "vault.last_way_in");
    house.with_passphrase("correct horse battery").unwrap();
}

#[test]
fn a_slot_gets_another_secret_and_the_old_one_is_out() {
    let (house, vault) = House::new();
    let (words, _) = vault.add_way_in(passphrase("correct horse battery"), "Olga", Millis(8)).unwrap();
    vault.renew_way_in(words, passphrase("a better passphrase"), Millis(9)).unwrap();
    assert_eq!(refusal(house.with_passphrase("correct horse battery")), "vault.wrong_passphrase");
    assert_eq!(mark(&house.with_passphrase("a better passphrase").unwrap()), mark(&vault));
    let (new, paper) = vault.add_way_in(NewSecret::Recovery, "recovery key", Millis(9)).unwrap();
    house.with_recovery(&house.recovery).unwrap();
    vault.replace_way_in(2, new).unwrap();
    assert_eq!(refusal(vault.replace_way_in(2, new)), "vault.no_such_id");
    assert_eq!(refusal(house.with_recovery(&house.recovery)), "vault.wrong_key");
    house.with_recovery(&paper.unwrap()).unwrap();
    assert_eq!(ids(&vault), [1, 2, words]);
    let list = vault.ways_in().unwrap();
    let olga = list.iter().find(|way_in| way_in.id == words).unwrap();
    assert_eq!((olga.label.as_str(), olga.made_at), ("Olga", Some(Millis(9))));
    assert_eq!(refusal(vault.renew_way_in(words, NewSecret::Recovery, Millis(9))), "vault.other_secret");
}

#[test]
fn a_key_file_is_replaced_where_it_lies_or_moves() {
    let (house, vault) = House::new();
    let before = fs::read(house.path(MASTER_KEY_FILE)).unwrap();
    vault.renew_way_in(1, NewSecret::KeyFile(house.path(MASTER_KEY_FILE)), Millis(9)).unwrap();
    assert_ne!(fs::read(house.path(MASTER_KEY_FILE)).unwrap(), before);
    house.with_file(MASTER_KEY_FILE).unwrap();
    assert_eq!(ids(&vault), [1, 2]);
    assert_eq!(vault.opening_file(1), Some(house.path(MASTER_KEY_FILE)));
    vault.renew_way_in(1, NewSecret::KeyFile(house.path("else.key")), Millis(9)).unwrap();
    house.with_file("else.key").unwrap();
    assert_eq!(refusal(house.with_file(MASTER_KEY_FILE)), "vault.wrong_key");
    // Some other key lies there: it is nobody's to overwrite.
    let other = fs::read(house.path(MASTER_KEY_FILE)).unwrap();
    let refused = vault.renew_way_in(1, NewSecret::KeyFile(house.path(MASTER_KEY_FILE)), Millis(9));
    assert_eq!(refusal(refused), "vault.other_key_file");
    assert_eq!(fs::read(house.path(MASTER_KEY_FILE)).unwrap(), other);
    assert_eq!(ids(&vault), [1, 2]);
    let left: Vec<_> = fs::read_dir(house.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_str().unwrap().contains(".new")), "{left:?}");
}

#[test]
fn two_processes_change_the_slots_and_no_change_is_lost() {
    let (house, vault) = House::new();
    let other = house.with_file(MASTER_KEY_FILE).unwrap();
    std::thread::scope(|scope| {
        for (vault, name) in [(&vault, "a"), (&other, "b")] {
            let path = house.path(name);
            scope.spawn(move || {
                for n in 0..10 {
                    let file = path.with_extension(n.to_string());
                    vault.add_way_in(NewSecret::KeyFile(file), "", Millis(1)).unwrap();
                }
            });
        }
    });
    assert_eq!(ids(&vault), (1..=22).collect::<Vec<_>>());
    house.with_file("a.9").unwrap();
    house.with_file("b.0").unwrap();
}

#[test]
fn every_way_in_leads_to_both_root_keys_and_afterwards_to_the_new_one() {
    let (house, vault) = House::new();
    vault.add_way_in(passphrase("correct horse battery"), "", Millis(8)).unwrap();
    let old = mark(&vault);
    let former = |vault: &Vault| vault.page_key("test").former().map(|key| *key.expand::<32>("mark"));
    let opened = || {
        [
            house.with_file(MASTER_KEY_FILE).unwrap(),
            house.with_passphrase("correct horse battery").unwrap(),
            house.with_recovery(&house.recovery).unwrap(),
        ]
    };
    vault.begin_exchange().unwrap();
    let new = mark(&vault);
    assert_ne!(new, old);
    assert_eq!(refusal(vault.begin_exchange()), "vault.exchange_under_way");
    for again in opened() {
        assert_eq!((mark(&again), former(&again), again.is_exchanging()), (new, Some(old), true));
    }
    // A way in that comes meanwhile leads to both as well.
    vault.add_way_in(NewSecret::KeyFile(house.path("usb.key")), "", Millis(8)).unwrap();
    assert_eq!(former(&house.with_file("usb.key").unwrap()), Some(old));
    vault.end_exchange().unwrap();
    for again in opened() {
        assert_eq!((mark(&again), former(&again), again.is_exchanging()), (new, None, false));
    }
    vault.begin_exchange().unwrap();
    vault.end_exchange().unwrap();
    assert!(opened().iter().all(|again| mark(again) == mark(&vault) && mark(again) != new));
}

#[test]
fn who_copies_files_with_their_keyslots_keeps_the_root_key_as_it_is() {
    let (_house, vault) = House::new();
    let held = (vault.hold(), vault.hold());
    drop(held.0);
    assert_eq!(refusal(vault.begin_exchange()), "vault.held");
    drop(held.1);
    vault.begin_exchange().unwrap();
    let held = vault.hold();
    assert_eq!(refusal(vault.end_exchange()), "vault.held");
    assert!(vault.is_exchanging());
    drop(held);
    vault.end_exchange().unwrap();
}

/// The second copy cannot be written: nothing is changed.
#[test]
fn a_change_that_reaches_one_copy_only_is_taken_back() {
    let (house, vault) = House::new();
    let before = fs::read(house.path("keyslots.json")).unwrap();
    // Where it is written first lies a folder.
    let in_the_way = house.path("keyslots.bak.json.part");
    fs::create_dir(&in_the_way).unwrap();
    let mark_before = mark(&vault);
    assert_eq!(refusal(vault.begin_exchange()), "vault.io");
    assert_eq!((mark(&vault), vault.is_exchanging()), (mark_before, false));
    assert_eq!(fs::read(house.path("keyslots.json")).unwrap(), before);
    fs::remove_dir(&in_the_way).unwrap();
    vault.begin_exchange().unwrap();
    assert!(house.with_file(MASTER_KEY_FILE).unwrap().is_exchanging());
}

/// What a leaked root key is worth after the exchange: it opens no slot, and forges none.
#[test]
fn the_former_root_key_opens_nothing_of_the_slots() {
    let (house, vault) = House::new();
    let leaked = vault.0.roots.read().clone();
    vault.begin_exchange().unwrap();
    vault.end_exchange().unwrap();
    let loaded = slot_files::load(house.dir.path()).unwrap();
    assert_eq!(refusal(loaded.verify(house.dir.path(), &leaked.current)), "vault.slots_forged");
    let refused = slot_files::change(house.dir.path(), &leaked, |_| Ok(((), leaked.current.clone())));
    assert_eq!(refusal(refused), "vault.slots_forged");
}

#[test]
fn one_copy_is_enough_at_every_moment_of_an_exchange() {
    let (house, vault) = House::new();
    let copies = [house.path("keyslots.json"), house.path("keyslots.bak.json")];
    type Step = fn(&Vault) -> Result<(), VaultError>;
    for step in [Vault::begin_exchange as Step, Vault::end_exchange] {
        step(&vault).unwrap();
        for lost in &copies {
            let whole = fs::read(lost).unwrap();
            fs::remove_file(lost).unwrap();
            let again = house.with_file(MASTER_KEY_FILE).unwrap();
            assert_eq!((mark(&again), again.is_exchanging()), (mark(&vault), vault.is_exchanging()));
            assert_eq!(fs::read(lost).unwrap(), whole, "mended");
        }
    }
}

// --- slots of version 1 ---

/// As the first release wrote them: no numbers, no labels, no dates.
fn first_version() -> (TempDir, KeySource, RecoveryKey) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["keyslots.json", "keyslots.bak.json"] {
        fs::write(dir.path().join(name), include_str!("../../tests/upgrade/keyslots-1.json")).unwrap();
    }
    let key = dir.path().join(MASTER_KEY_FILE);
    fs::copy("tests/upgrade/keyslots-1.key", &key).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
    let recovery = include_str!("../../tests/upgrade/keyslots-1.recovery").trim().parse().unwrap();
    (dir, KeySource::File(key), recovery)
}

#[test]
fn slots_of_the_first_version_open_and_stay_as_they_are_until_they_are_changed() {
    let (dir, source, recovery) = first_version();
    let before = fs::read(dir.path().join("keyslots.json")).unwrap();
    let vault = Vault::open(dir.path(), &source).unwrap();
    let by_paper = Vault::open(dir.path(), &KeySource::Recovery(recovery)).unwrap();
    assert_eq!(mark(&vault), mark(&by_paper));
    let shown: Vec<_> = vault.ways_in().unwrap().into_iter().map(|w| (w.id, w.kind, w.made_at, w.follows)).collect();
    assert_eq!(shown, [(1, Kind::Key, None, true), (2, Kind::Recovery, None, false)]);
    assert!(by_paper.ways_in().unwrap()[1].opened);
    fs::remove_file(dir.path().join("keyslots.bak.json")).unwrap();
    Vault::open(dir.path(), &source).unwrap();
    for name in ["keyslots.json", "keyslots.bak.json"] {
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), before, "the program before this one can still read it");
    }
}

#[test]
fn slots_of_the_first_version_are_changed_and_exchanged_like_others() {
    let (dir, source, recovery) = first_version();
    let vault = Vault::open(dir.path(), &source).unwrap();
    let old = mark(&vault);
    // Nothing can be locked in for a paper of which only the lock is known.
    assert_eq!(refusal(vault.begin_exchange()), "vault.cannot_follow");
    vault.add_way_in(passphrase("correct horse battery"), "", Millis(8)).unwrap();
    let by_paper = Vault::open(dir.path(), &KeySource::Recovery(recovery.clone())).unwrap();
    assert_eq!(mark(&by_paper), old);
    let (new, paper) = vault.add_way_in(NewSecret::Recovery, "", Millis(9)).unwrap();
    vault.replace_way_in(2, new).unwrap();
    vault.begin_exchange().unwrap();
    for source in [source, KeySource::Recovery(paper.unwrap())] {
        let again = Vault::open(dir.path(), &source).unwrap();
        assert_eq!((mark(&again), again.is_exchanging()), (mark(&vault), true));
        assert_ne!(mark(&again), old);
    }
    assert_eq!(refusal(Vault::open(dir.path(), &KeySource::Recovery(recovery))), "vault.wrong_key");
}

// --- files ---

#[test]
fn a_file_is_sealed_anew_by_its_header_alone_and_opens_all_the_while() {
    let (house, vault) = House::new();
    let sealer = vault.sealer("attachments");
    let path = house.path("a");
    let seal = |path: &Path, id: &str| {
        let mut file = sealer.create_file(path, id).unwrap();
        std::io::Write::write_all(&mut file, &[7; 200_000]).unwrap();
        file.finish().unwrap();
    };
    let whole = |id: &str, path: &Path| {
        let bytes = sealer.open_file(path, id)?.read_range(0, 300_000)?;
        assert!(bytes == [7; 200_000]);
        Ok::<(), SealedError>(())
    };
    seal(&path, "a");
    let before = fs::read(&path).unwrap();
    assert_eq!(sealer.reseal(&path, "a").unwrap(), Resealed::AlreadyNew);
    vault.begin_exchange().unwrap();
    whole("a", &path).unwrap();
    seal(&house.path("b"), "b");
    assert_eq!(sealer.reseal(&house.path("b"), "b").unwrap(), Resealed::AlreadyNew);
    assert!(matches!(sealer.reseal(&path, "other"), Err(SealedError::OtherFile)));
    assert_eq!(sealer.reseal(&path, "a").unwrap(), Resealed::Anew);
    assert_eq!(sealer.reseal(&path, "a").unwrap(), Resealed::AlreadyNew);
    whole("a", &path).unwrap();
    let after = fs::read(&path).unwrap();
    assert!(before[92..] == after[92..] && before[12..16] != after[12..16] && before[44..92] != after[44..92]);
    fs::write(house.path("empty"), b"").unwrap();
    assert_eq!(sealer.reseal(&house.path("empty"), "e").unwrap(), Resealed::Empty);
    // One that was forgotten on the way does not open any more.
    fs::write(house.path("old"), before).unwrap();
    whole("a", &house.path("old")).unwrap();
    vault.end_exchange().unwrap();
    whole("a", &path).unwrap();
    assert!(matches!(whole("a", &house.path("old")), Err(SealedError::WrongKey)));
    assert!(matches!(sealer.reseal(&house.path("old"), "a"), Err(SealedError::WrongKey)));
}
