//! A sealed file that grows: each record is sealed by itself, written and synced as it comes, so that everything up to the
//! last one is there whenever the program ends.
//!
//! ```text
//! header  as of a sealed file, version 2
//! record  length 4 | number 4 | sealed bytes | tag 16
//! ```
//!
//! The number is the nonce: it grows from record to record and never comes again under the file's key, not even when a record
//! was written in part and cut off. Records cannot be exchanged or repeated; that none is missing, their content must say.

use super::files;
use super::sealed_file::{HEADER, LOG_VERSION, SealedError, Sealer, Stream, TAG};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const FRAME: usize = 8;
/// Of one record. More is not written, and a longer one is damage.
const RECORD_MAX: usize = 64 << 20;
/// After a cut: more numbers than may have been used up by what was cut off.
const NUMBERS_LEFT_OUT: u32 = 1 << 16;

impl Sealer {
    /// A new growing file; when this returns, its name is on the disk.
    pub fn create_log(&self, path: &Path, file_id: &str) -> Result<LogWriter, SealedError> {
        let mut file = files::create_new(path, 0o600)?;
        let stream = self.begin(&mut file, LOG_VERSION, file_id)?;
        file.sync_all()?;
        files::sync_folder_of(path)?;
        Ok(LogWriter { file, stream, next: 0, at: HEADER as u64 })
    }

    pub fn open_log(&self, path: &Path, file_id: &str) -> Result<LogReader, SealedError> {
        let open = || {
            let file = File::open(path)?;
            let stream = self.open(&header(&file)?, LOG_VERSION, file_id)?;
            Ok(LogReader { file, stream })
        };
        match open() {
            Err(SealedError::Damaged { at: 0 }) if self.is_exchanging() => open(),
            opened => opened,
        }
    }

    /// Goes on after the last sound record; what comes behind it is cut off.
    pub fn reopen_log(&self, path: &Path, file_id: &str, last: Option<Record>) -> Result<LogWriter, SealedError> {
        let reader = self.open_log(path, file_id)?;
        let file = File::options().write(true).open(path)?;
        let at = last.map_or(HEADER as u64, |last| last.end());
        file.set_len(at)?;
        file.sync_all()?;
        // A file that used so many up can be read, and grows no more.
        let next = last.map_or(0, |last| last.number).saturating_add(NUMBERS_LEFT_OUT);
        Ok(LogWriter { file, stream: reader.stream, next, at })
    }
}

fn header(file: &File) -> Result<[u8; HEADER], SealedError> {
    let mut header = [0; HEADER];
    match file.read_exact_at(&mut header, 0) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(SealedError::Truncated),
        read => Ok(read.map(|()| header)?),
    }
}

/// Where a record lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    pub at: u64,
    pub number: u32,
    /// Of its plain content.
    pub bytes: u32,
}

impl Record {
    pub fn end(self) -> u64 {
        self.at + (FRAME + TAG) as u64 + u64::from(self.bytes)
    }
}

pub struct LogWriter {
    file: File,
    stream: Stream,
    next: u32,
    at: u64,
}

impl LogWriter {
    /// When this returns, the record is on the disk. After a failure the file is as it was before.
    pub fn append(&mut self, mut content: Vec<u8>) -> io::Result<Record> {
        if content.len() > RECORD_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let record = Record { at: self.at, number: self.next, bytes: content.len() as u32 };
        self.next = self.next.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        self.stream.seal(record.number, false, &mut content);
        let mut frame = Vec::with_capacity(FRAME + content.len());
        frame.extend_from_slice(&record.bytes.to_be_bytes());
        frame.extend_from_slice(&record.number.to_be_bytes());
        frame.append(&mut content);
        let written = self.file.write_all_at(&frame, self.at).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Where even this fails, the next start cuts it off.
            let _ = self.file.set_len(self.at);
            return Err(error);
        }
        self.at = record.end();
        Ok(record)
    }
}

pub struct LogReader {
    file: File,
    stream: Stream,
}

impl LogReader {
    pub fn read(&self, record: Record) -> Result<Vec<u8>, SealedError> {
        let damaged = SealedError::Damaged { at: record.at };
        let mut sealed = vec![0; record.bytes as usize + TAG];
        match self.file.read_exact_at(&mut sealed, record.at + FRAME as u64) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Err(SealedError::Truncated),
            read => read?,
        }
        if self.stream.open(record.number, false, &mut sealed) { Ok(sealed) } else { Err(damaged) }
    }

    /// Every record that opens, in order; those that do not are told by where they are.
    pub fn walk(&self) -> Walk<'_> {
        Walk { reader: self, at: HEADER as u64, after: None }
    }
}

pub struct Walk<'r> {
    reader: &'r LogReader,
    at: u64,
    after: Option<u32>,
}

impl Walk<'_> {
    fn frame(&self) -> io::Result<Option<Record>> {
        let mut frame = [0; FRAME];
        match self.reader.file.read_exact_at(&mut frame, self.at) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let number = |at: usize| u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        let record = Record { at: self.at, number: number(4), bytes: number(0) };
        let is_within = record.bytes as usize <= RECORD_MAX && record.end() <= self.reader.file.metadata()?.len();
        Ok(Some(record).filter(|_| is_within))
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<(Record, Vec<u8>), SealedError>;

    /// Ends where nothing follows, or nothing whole.
    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.frame() {
            Ok(record) => record?,
            Err(error) => return Some(Err(error.into())),
        };
        self.at = record.end();
        if self.after.is_some_and(|after| record.number <= after) {
            return Some(Err(SealedError::Damaged { at: record.at }));
        }
        let content = self.reader.read(record);
        if content.is_ok() {
            self.after = Some(record.number);
        }
        Some(content.map(|content| (record, content)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Resealed, Secret};

    fn sealer() -> Sealer {
        Sealer::new(Secret::new([7; 32]), None)
    }

    fn written(path: &Path, sealer: &Sealer, records: u8) -> Vec<Record> {
        let mut log = sealer.create_log(path, "a").unwrap();
        (0..records).map(|n| log.append(vec![n; 100 + usize::from(n)]).unwrap()).collect()
    }

    fn sound(path: &Path, sealer: &Sealer) -> Vec<(Record, Vec<u8>)> {
        sealer.open_log(path, "a").unwrap().walk().filter_map(Result::ok).collect()
    }

    #[test]
    fn what_was_appended_is_there_without_any_end_and_torn_records_are_cut() {
        let (folder, sealer) = (tempfile::tempdir().unwrap(), sealer());
        let path = folder.path().join("log");
        let records = written(&path, &sealer, 3);
        assert_eq!(sound(&path, &sealer).len(), 3);
        let whole = std::fs::read(&path).unwrap();
        for cut in records[2].at..records[2].end() {
            std::fs::write(&path, &whole[..cut as usize]).unwrap();
            assert_eq!(sound(&path, &sealer).len(), 2, "cut at {cut}");
        }
        let last = sound(&path, &sealer).last().unwrap().0;
        let mut log = sealer.reopen_log(&path, "a", Some(last)).unwrap();
        let next = log.append(b"went on".to_vec()).unwrap();
        assert!(next.number > records[2].number, "a number was used twice under one key");
        let (found, content) = sound(&path, &sealer).pop().unwrap();
        assert_eq!((found, content.as_slice()), (next, &b"went on"[..]));
    }

    #[test]
    fn a_flipped_an_exchanged_or_a_repeated_record_does_not_open() {
        let (folder, sealer) = (tempfile::tempdir().unwrap(), sealer());
        let path = folder.path().join("log");
        let mut log = sealer.create_log(&path, "a").unwrap();
        let records: Vec<Record> = (0..3u8).map(|n| log.append(vec![n; 64]).unwrap()).collect();
        let whole = std::fs::read(&path).unwrap();
        let (first, second) = (records[0].at as usize, records[1].at as usize);
        let length = second - first;
        for at in (first..second).filter(|at| !(first..first + 4).contains(at)) {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(sealer.open_log(&path, "a").unwrap().walk().any(|record| record.is_err()), "byte {at}");
        }
        let mut swapped = whole.clone();
        swapped[first..first + 2 * length].rotate_left(length);
        std::fs::write(&path, &swapped).unwrap();
        assert!(sealer.open_log(&path, "a").unwrap().walk().any(|record| record.is_err()));
        let repeated = [&whole[..second], &whole[first..]].concat();
        std::fs::write(&path, &repeated).unwrap();
        assert!(sealer.open_log(&path, "a").unwrap().walk().any(|record| record.is_err()));
        assert!(matches!(sealer.open_log(&path, "b"), Err(SealedError::OtherFile)));
        assert!(matches!(sealer.open_file(&path, "a"), Err(SealedError::NotSealed)), "it is no file of chunks");
    }

    #[test]
    fn its_header_is_sealed_anew_while_it_grows() {
        let (folder, sealer) = (tempfile::tempdir().unwrap(), sealer());
        let path = folder.path().join("log");
        let mut log = sealer.create_log(&path, "a").unwrap();
        log.append(b"before".to_vec()).unwrap();
        sealer.begin_exchange(Secret::new([8; 32]));
        assert_eq!(sealer.reseal(&path, "a").unwrap(), Resealed::Anew);
        log.append(b"after".to_vec()).unwrap();
        sealer.end_exchange();
        assert_eq!(sound(&path, &sealer).len(), 2);
        assert!(matches!(self::sealer().open_log(&path, "a"), Err(SealedError::WrongKey)));
    }
}
