use super::*;
use std::io::Cursor;

fn sealer(key: u8) -> Sealer {
    Sealer::new(Secret::new([key; 32]), None)
}

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n / 3 % 251) as u8).collect()
}

fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut writer = sealer(1).writer(Vec::new(), "att_1").unwrap();
    for piece in bytes.chunks(10_007) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap()
}

fn open(bytes: &[u8]) -> Result<Vec<u8>, SealedError> {
    let mut reader = sealer(1).reader(Cursor::new(bytes), "att_1")?;
    reader.read_range(0, usize::MAX)
}

fn chunk(n: usize) -> std::ops::Range<usize> {
    HEADER + n * (CHUNK + TAG)..HEADER + (n + 1) * (CHUNK + TAG)
}

#[test]
fn every_length_comes_back() {
    for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77] {
        let sealed = seal(&content(len));
        assert_eq!(open(&sealed).unwrap(), content(len), "{len}");
        assert_eq!(sealer(1).reader(Cursor::new(&sealed), "att_1").unwrap().len(), len as u64);
    }
}

#[test]
fn ranges_and_streams_agree_with_the_whole() {
    let whole = content(3 * CHUNK + 500);
    let sealed = seal(&whole);
    let mut reader = sealer(1).reader(Cursor::new(&sealed), "att_1").unwrap();
    let mut streamed = Vec::new();
    reader.read_to_end(&mut streamed).unwrap();
    assert_eq!(streamed, whole);
    for (start, len) in [(0, 10), (CHUNK - 5, 10), (CHUNK, CHUNK), (2 * CHUNK + 9, CHUNK + 100), (whole.len() - 1, 1)] {
        let part = reader.read_range(start as u64, len).unwrap();
        assert_eq!(part, whole[start..start + len]);
    }
    assert_eq!(reader.read_range(whole.len() as u64 - 3, 100).unwrap(), whole[whole.len() - 3..]);
    assert!(reader.read_range(whole.len() as u64 + 1, 5).unwrap().is_empty());
}

#[test]
fn nothing_of_the_content_shows() {
    let sealed = seal(&b"the visitor's secret ".repeat(9000));
    assert!(!sealed.windows(9).any(|w| w == b"visitor's"));
    assert_ne!(seal(b"same")[HEADER..], seal(b"same")[HEADER..]);
}

#[test]
fn a_bent_bit_is_noticed_wherever_it_is() {
    let sealed = seal(&content(2 * CHUNK + 100));
    for at in (0..HEADER).chain((HEADER..sealed.len()).step_by(5003)).chain([sealed.len() - 1]) {
        let mut bent = sealed.clone();
        bent[at] ^= 8;
        assert!(open(&bent).is_err(), "byte {at}");
    }
    // A chunk in the middle does not spoil the others.
    let mut bent = sealed.clone();
    bent[chunk(1).start] ^= 1;
    let mut reader = sealer(1).reader(Cursor::new(&bent), "att_1").unwrap();
    assert!(reader.read_range(0, CHUNK).is_ok());
    let damage = reader.read_range(CHUNK as u64, 1);
    assert!(matches!(damage, Err(SealedError::Damaged { at }) if at == chunk(1).start as u64));
}

fn exchanged(sealed: &[u8]) -> Vec<u8> {
    [&sealed[..HEADER], &sealed[chunk(1)], &sealed[chunk(0)], &sealed[chunk(1).end..]].concat()
}

#[test]
fn chunks_cannot_change_places() {
    let sealed = seal(&content(3 * CHUNK));
    assert!(matches!(open(&exchanged(&sealed)), Err(SealedError::Damaged { .. })));
    planted::NO_NUMBER.set(true);
    let fooled = open(&exchanged(&seal(&content(3 * CHUNK))));
    planted::NO_NUMBER.set(false);
    assert!(fooled.is_ok(), "the planted bug must be visible to this test");
}

#[test]
fn a_file_cut_off_is_noticed() {
    let sealed = seal(&content(3 * CHUNK));
    for len in [0, 5, HEADER - 1, HEADER, HEADER + 3, chunk(0).end, chunk(1).end, chunk(1).end + 9] {
        let error = open(&sealed[..len]).expect_err("cut off unnoticed");
        match len {
            0 => assert!(matches!(error, SealedError::NotSealed), "{error}"),
            _ => assert!(matches!(error, SealedError::Truncated), "{len}: {error}"),
        }
    }
    assert!(matches!(open(&sealed[..sealed.len() - 1]), Err(SealedError::Damaged { .. })));
    planted::NO_LAST.set(true);
    let fooled = open(&seal(&content(3 * CHUNK))[..chunk(1).end]);
    planted::NO_LAST.set(false);
    assert!(fooled.is_ok(), "the planted bug must be visible to this test");
}

#[test]
fn files_and_their_parts_cannot_be_exchanged() {
    let (ours, mut theirs) = (seal(&content(100)), sealer(1).writer(Vec::new(), "att_2").unwrap());
    theirs.write_all(&content(100)).unwrap();
    let theirs = theirs.finish().unwrap();
    assert!(matches!(open(&theirs), Err(SealedError::OtherFile)));
    let mut disguised = theirs.clone();
    disguised[16..32].copy_from_slice(&ours[16..32]);
    assert!(matches!(open(&disguised), Err(SealedError::Damaged { at: 0 })));
    let grafted = [&ours[..HEADER], &theirs[HEADER..]].concat();
    assert!(matches!(open(&grafted), Err(SealedError::Damaged { .. })));
}

#[test]
fn other_keys_kinds_and_versions_are_told_apart() {
    let sealed = seal(b"x");
    let other = sealer(2).reader(Cursor::new(&sealed), "att_1");
    assert!(matches!(other.err(), Some(SealedError::WrongKey)));
    assert!(matches!(open(&[b'z'; 200]), Err(SealedError::NotSealed)));
    let mut newer = sealed;
    newer[11] = 9;
    assert!(matches!(open(&newer), Err(SealedError::TooNew(9))));
}

#[test]
fn a_file_appears_only_when_finished() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("att_1");
    let mut broken_off = sealer(1).create_file(&path, "att_1").unwrap();
    broken_off.write_all(&content(CHUNK * 2)).unwrap();
    assert!(!path.exists());
    drop(broken_off);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let mut file = sealer(1).create_file(&path, "att_1").unwrap();
    file.write_all(&content(5)).unwrap();
    file.finish().unwrap();
    let mut reader = sealer(1).open_file(&path, "att_1").unwrap();
    assert_eq!(reader.read_range(0, 100).unwrap(), content(5));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
