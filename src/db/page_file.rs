//! One open file of an encrypted database: which bytes are sealed, when, and under which place.
//!
//! What is on the disk:
//!
//! ```text
//! main file   page    = sealed(4048) | trailer(48)
//! log         header  = 24 clear | keyed checksum(8)
//!             frame   = 16 clear | sealed(checksum 8, page 4048) | trailer(48)
//! ```
//!
//! SQLite writes a frame as header, then page; both are needed to seal, so a header waits for its
//! page. Sealed frames gather in `Log::pending` and go out in few writes: at the latest when
//! SQLite syncs, reads, or publishes a commit to other connections (`xShmBarrier`).
//!
//! A failed write is reported where SQLite can roll back. Where it cannot (a failed fsync, after
//! which the kernel may have dropped the data, or a failure inside `xShmBarrier`, which has no
//! return value) the error is latched: the connection refuses everything until it is reopened.

use super::figures::note_damage;
use super::page_aead::{BODY, FRAME, FRAME_HEADER, Nonces, PAGE, Refusal, TRAILER, WAL_HEADER, be32};
use super::page_cipher::RealFile;
use super::page_keys::PageKeys;
use super::wal_scan::{Verdict, scan};
use rusqlite::ffi;
use std::cell::Cell;
use std::ffi::c_int;

const OK: c_int = ffi::SQLITE_OK;
const PAGE_I64: i64 = PAGE as i64;
const FRAME_I64: i64 = FRAME as i64;
const WAL_HEADER_I64: i64 = WAL_HEADER as i64;
/// unixWrite keeps only the low 17 bits of a length, so a longer write would be cut short.
pub(super) const WRITE_MAX: usize = 0x1ffff;
/// Pages of the main file that are written before they are synced, without waiting for SQLite to ask: a checkpoint's one
/// sync of thousands of pages would hold up the log's syncs, and with them every answer.
const UNSYNCED_MAX: u32 = 128;

/// What was found wrong; kept per thread, because SQLite only hands on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    OtherKey,
    Page(u32),
    MissingPage(u32),
    Frame(u32),
    LogTampered { frame: u32 },
    ForeignLog,
    ForeignFile,
    Unsealable,
}

thread_local! {
    static LAST_FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
}

pub(super) fn take_fault() -> Option<Fault> {
    LAST_FAULT.take()
}

pub(super) fn refuse_file() -> c_int {
    LAST_FAULT.set(Some(Fault::ForeignFile));
    ffi::SQLITE_CANTOPEN
}

pub(super) struct PageFile {
    pub(super) real: RealFile,
    keys: &'static PageKeys,
    nonces: Nonces,
    scratch: Vec<u8>,
    kind: Kind,
    /// Pages of the main file, since the last sync in between.
    unsynced: u32,
    /// To say which file it was when something is wrong.
    path: String,
}

pub(super) enum Kind {
    Main,
    Log(Log),
    /// A rollback journal, for which there is one use: `VACUUM INTO` keeps one beside the new
    /// file. That one never holds a page, since a new file has none to go back to.
    Journal,
}

/// The write side of the log.
#[derive(Default)]
pub(super) struct Log {
    /// Sealed frames, consecutive on disk from `pending_at`.
    pending: Vec<u8>,
    pending_at: i64,
    /// A frame header whose page has not come yet.
    header: Option<(i64, [u8; FRAME_HEADER])>,
    /// The log's generation, then what this handle knows of it.
    salts: [u8; 8],
    /// The last frame written that ends a commit, or zero.
    last_commit: u32,
    /// Frames up to here are on the disk: fsync returned. Goes into later frames as their mark.
    durable: u32,
    /// While SQLite recovers: the last frame that adds up. Later ones read as zeros.
    recovered: Option<u32>,
    /// An error that could not be reported, or that nothing but reopening can mend.
    latched: c_int,
}

impl PageFile {
    pub(super) fn new(real: RealFile, keys: &'static PageKeys, kind: Kind, path: String) -> Self {
        PageFile { real, keys, nonces: Nonces::new(), scratch: Vec::with_capacity(FRAME), kind, unsynced: 0, path }
    }

    pub(super) fn read(&mut self, buf: &mut [u8], at: i64) -> c_int {
        match self.kind {
            Kind::Main => self.read_main(buf, at),
            Kind::Log(_) => self.read_log(buf, at),
            Kind::Journal if buf.len() < BODY => self.real.read(buf, at),
            Kind::Journal => self.fault(Fault::ForeignFile),
        }
    }

    pub(super) fn write(&mut self, buf: &[u8], at: i64) -> c_int {
        match self.kind {
            Kind::Main => self.write_main(buf, at),
            Kind::Log(_) => self.write_log(buf, at),
            Kind::Journal if buf.len() < BODY => self.real.write(buf, at),
            Kind::Journal => self.fault(Fault::Unsealable),
        }
    }

    pub(super) fn sync(&mut self, flags: c_int) -> c_int {
        match self.kind {
            Kind::Log(_) => self.sync_log(flags),
            Kind::Main | Kind::Journal => self.real.sync(flags),
        }
    }

    /// Before other connections see a commit, its frames must be in the file.
    pub(super) fn publish(&mut self) {
        let rc = self.flush();
        if let Kind::Log(log) = &mut self.kind {
            log.latched = rc;
        }
    }

    pub(super) fn latched(&self) -> c_int {
        match &self.kind {
            Kind::Log(log) => log.latched,
            _ => OK,
        }
    }

    /// The write lock goes: commits have been flushed, so what is left was rolled back.
    pub(super) fn end_transaction(&mut self) {
        if let Kind::Log(log) = &mut self.kind {
            log.pending.clear();
            log.header = None;
        }
    }

    // --- while the key is exchanged ---

    /// Which of up to `count` pages of the main file, from `first` on, are under the former key.
    pub(super) fn list_former(&self, first: u32, count: u32, found: &mut Vec<u32>) -> c_int {
        for number in first..first.saturating_add(count) {
            match self.key_id_at(i64::from(number - 1) * PAGE_I64 + BODY as i64) {
                Ok(Some(id)) if self.keys.is_former(id) => found.push(number),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(rc) => return rc,
            }
        }
        OK
    }

    /// How many frames the log's file holds under the former key, those of generations past included. If there are none,
    /// that is on the disk when this returns.
    pub(super) fn count_former_frames(&mut self, found: &mut u32) -> c_int {
        for index in 1.. {
            match self.key_id_at(frame_at(index) + (FRAME - TRAILER) as i64) {
                Ok(Some(id)) => *found += u32::from(self.keys.is_former(id)),
                Ok(None) => break,
                Err(rc) => return rc,
            }
        }
        match *found {
            // SQLite cuts a log off without a sync: after a power cut the old one would be there again.
            0 => self.sync_log(ffi::SQLITE_SYNC_NORMAL),
            _ => OK,
        }
    }

    /// None behind the end.
    fn key_id_at(&self, at: i64) -> Result<Option<[u8; 4]>, c_int> {
        let mut id = [0; 4];
        match self.real.read(&mut id, at) {
            OK => Ok(Some(id)),
            ffi::SQLITE_IOERR_SHORT_READ => Ok(None),
            rc => Err(rc),
        }
    }

    fn fault(&self, fault: Fault) -> c_int {
        LAST_FAULT.set(Some(fault));
        if !matches!(fault, Fault::Unsealable | Fault::ForeignFile | Fault::OtherKey) {
            note_damage(&self.path);
        }
        tracing::error!(path = self.path, ?fault, "the encrypted store refused what it found");
        match fault {
            Fault::OtherKey => ffi::SQLITE_NOTADB,
            Fault::ForeignFile => ffi::SQLITE_CANTOPEN,
            Fault::Unsealable => ffi::SQLITE_IOERR_WRITE,
            _ => ffi::SQLITE_IOERR_DATA,
        }
    }

    // --- main file ---

    fn read_main(&mut self, buf: &mut [u8], at: i64) -> c_int {
        match (at, buf.len()) {
            (0, 100) => return self.read_file_header(buf),
            // Outside the log SQLite compares these bytes of page 1 to see whether its cache is
            // still good. A checkpoint may be writing the page right now; "changed" is safe.
            (24, 16) => {
                buf.fill(0xa5);
                return OK;
            }
            _ => {}
        }
        let within = (at % PAGE_I64) as usize;
        if within + buf.len() > PAGE {
            return ffi::SQLITE_IOERR_READ;
        }
        let number = page_number(at);
        if buf.len() == PAGE {
            return self.read_page(number, buf);
        }
        let mut page = std::mem::take(&mut self.scratch);
        page.resize(PAGE, 0);
        let rc = self.read_page(number, &mut page);
        buf.copy_from_slice(&page[within..within + buf.len()]);
        self.scratch = page;
        rc
    }

    /// Asked for when a connection is made, without any lock, only to learn the page size. Page 1
    /// may be half written just then (or since a power cut, with the whole one in the log), so
    /// the answer is what every database of ours says. SQLite checks it against the real page 1.
    fn read_file_header(&self, buf: &mut [u8]) -> c_int {
        buf.fill(0);
        match self.real.size() {
            Ok(0) => ffi::SQLITE_IOERR_SHORT_READ,
            Ok(_) => {
                buf[16..18].copy_from_slice(&(PAGE as u16).to_be_bytes());
                buf[20] = TRAILER as u8;
                OK
            }
            Err(rc) => rc,
        }
    }

    fn read_page(&self, number: u32, page: &mut [u8]) -> c_int {
        match self.real.read(page, i64::from(number - 1) * PAGE_I64) {
            OK => {}
            // SQLite takes a page behind the end as zeros. In a log-mode database every page is in
            // the file or in the log, so this one was cut off; only a new file has none at all.
            ffi::SQLITE_IOERR_SHORT_READ => {
                page.fill(0);
                return match self.real.size() {
                    Ok(0) if number == 1 => ffi::SQLITE_IOERR_SHORT_READ,
                    Ok(_) => self.fault(Fault::MissingPage(number)),
                    Err(rc) => rc,
                };
            }
            rc => return rc,
        }
        match self.keys.open_page(number, page) {
            Ok(()) => OK,
            Err(Refusal::OtherKey) if number == 1 => self.fault(Fault::OtherKey),
            Err(_) => self.fault(Fault::Page(number)),
        }
    }

    fn write_main(&mut self, page: &[u8], at: i64) -> c_int {
        let number = page_number(at);
        if at % PAGE_I64 != 0 || !sealable(page) || (number == 1 && page[20] != TRAILER as u8) {
            return self.fault(Fault::Unsealable);
        }
        let Ok(nonce) = self.nonces.next() else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        self.scratch.clear();
        self.scratch.extend_from_slice(page);
        self.keys.seal_page(number, &mut self.scratch, nonce);
        match self.real.write(&self.scratch, at) {
            OK => self.sync_main_in_between(),
            rc => rc,
        }
    }

    fn sync_main_in_between(&mut self) -> c_int {
        self.unsynced += 1;
        if self.unsynced < UNSYNCED_MAX {
            return OK;
        }
        self.unsynced = 0;
        self.real.sync(ffi::SQLITE_SYNC_NORMAL | ffi::SQLITE_SYNC_DATAONLY)
    }

    // --- log, reading ---

    fn read_log(&mut self, buf: &mut [u8], at: i64) -> c_int {
        let rc = self.flush();
        if rc != OK {
            return rc;
        }
        if at < WAL_HEADER_I64 {
            return self.read_log_header(buf, at);
        }
        let index = frame_index(at);
        let within = ((at - WAL_HEADER_I64) % FRAME_I64) as usize;
        if within + buf.len() > FRAME {
            return ffi::SQLITE_IOERR_READ;
        }
        if buf.len() == FRAME && self.log_mut().recovered.is_some_and(|last| index > last) {
            // To SQLite's recovery a frame of zeros is the end of the log.
            buf.fill(0);
            return OK;
        }
        let mut frame = std::mem::take(&mut self.scratch);
        frame.resize(FRAME, 0);
        let rc = self.read_frame(index, &mut frame);
        if rc == OK {
            buf.copy_from_slice(&frame[within..within + buf.len()]);
        } else {
            buf.fill(0);
        }
        self.scratch = frame;
        rc
    }

    fn read_frame(&self, index: u32, frame: &mut [u8]) -> c_int {
        match self.real.read(frame, frame_at(index)) {
            OK => match self.keys.open_frame(index, frame) {
                Ok(_) => OK,
                Err(_) => self.fault(Fault::Frame(index)),
            },
            // SQLite would take what is missing for zeros.
            ffi::SQLITE_IOERR_SHORT_READ => self.fault(Fault::Frame(index)),
            rc => rc,
        }
    }

    /// Recovery begins by reading the whole header; that is the moment to examine the log.
    fn read_log_header(&mut self, buf: &mut [u8], at: i64) -> c_int {
        let from = at as usize;
        if from + buf.len() > WAL_HEADER {
            return ffi::SQLITE_IOERR_READ;
        }
        let mut stored = [0; WAL_HEADER];
        let mut rc = self.real.read(&mut stored, 0);
        while rc == OK && buf.len() == WAL_HEADER {
            let verdict = match self.scan_log(&stored) {
                Ok(verdict) => verdict,
                Err(code) => return code,
            };
            match verdict {
                Verdict::Sound { frames } => {
                    self.log_mut().recovered = Some(frames);
                    break;
                }
                bad => {
                    // A read-only connection may look on while the log is being reset.
                    let before = stored;
                    rc = self.real.read(&mut stored, 0);
                    if stored == before {
                        return self.fault(match bad {
                            Verdict::Tampered { frame } => Fault::LogTampered { frame },
                            _ => Fault::ForeignLog,
                        });
                    }
                }
            }
        }
        if rc != OK {
            buf.fill(0);
            return rc;
        }
        match self.keys.open_header(&stored) {
            Some(header) => buf.copy_from_slice(&header[from..from + buf.len()]),
            None if buf.len() == WAL_HEADER => buf.fill(0),
            None => return self.fault(Fault::LogTampered { frame: 0 }),
        }
        OK
    }

    fn scan_log(&self, stored: &[u8; WAL_HEADER]) -> Result<Verdict, c_int> {
        let frames = (self.real.size()? - WAL_HEADER_I64).max(0) / FRAME_I64;
        let read = |index, frame: &mut [u8]| match self.real.read(frame, frame_at(index)) {
            OK => Ok(()),
            rc => Err(rc),
        };
        scan(self.keys, stored, frames as u32, read)
    }

    // --- log, writing ---

    fn write_log(&mut self, buf: &[u8], at: i64) -> c_int {
        let latched = self.log_mut().latched;
        if latched != OK {
            return latched;
        }
        self.log_mut().recovered = None;
        let within = (at - WAL_HEADER_I64).rem_euclid(FRAME_I64) as usize;
        match (at, within, buf.len()) {
            (0, _, WAL_HEADER) => self.write_log_header(buf),
            (WAL_HEADER_I64.., 0, FRAME_HEADER) => self.take_frame_header(buf, at),
            (WAL_HEADER_I64.., FRAME_HEADER, PAGE) => self.write_frame(buf, at - FRAME_HEADER as i64),
            _ => self.fault(Fault::Unsealable),
        }
    }

    fn write_log_header(&mut self, buf: &[u8]) -> c_int {
        let rc = self.flush();
        if rc != OK {
            return rc;
        }
        let mut header = [0; WAL_HEADER];
        header.copy_from_slice(buf);
        let sealed = self.keys.seal_header(&header);
        self.log_mut().enter_generation(&header[16..24]);
        self.real.write(&sealed, 0)
    }

    fn take_frame_header(&mut self, buf: &[u8], at: i64) -> c_int {
        if self.log_mut().header.is_some() {
            let rc = self.flush();
            if rc != OK {
                return rc;
            }
        }
        let mut header = [0; FRAME_HEADER];
        header.copy_from_slice(buf);
        self.log_mut().header = Some((at, header));
        OK
    }

    fn write_frame(&mut self, page: &[u8], at: i64) -> c_int {
        if !sealable(page) {
            return self.fault(Fault::Unsealable);
        }
        let header = match self.log_mut().header.take() {
            Some((header_at, header)) if header_at == at => header,
            earlier => {
                // A page written over one that was spilled earlier in the same transaction keeps
                // its header; SQLite corrects the checksums before it commits.
                self.log_mut().header = earlier;
                match self.stored_frame_header(at) {
                    Ok(header) => header,
                    Err(rc) => return rc,
                }
            }
        };
        let log = self.log_mut();
        if !log.pending.is_empty() && log.pending_end() != at {
            let rc = self.flush();
            if rc != OK {
                return rc;
            }
        }
        self.queue_frame(&header, page, at)
    }

    fn queue_frame(&mut self, header: &[u8; FRAME_HEADER], page: &[u8], at: i64) -> c_int {
        let Ok(nonce) = self.nonces.next() else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        let keys = self.keys;
        let log = self.log_mut();
        let mark = log.note_frame(frame_index(at), header);
        let start = log.pending.len();
        if start == 0 {
            log.pending_at = at;
        }
        log.pending.extend_from_slice(header);
        log.pending.extend_from_slice(page);
        keys.seal_frame(frame_index(at), mark, &mut log.pending[start..], nonce);
        if log.pending.len() + FRAME > WRITE_MAX {
            return self.flush();
        }
        OK
    }

    fn stored_frame_header(&mut self, at: i64) -> Result<[u8; FRAME_HEADER], c_int> {
        match self.flush() {
            OK => {}
            rc => return Err(rc),
        }
        let mut frame = vec![0; FRAME];
        match self.read_frame(frame_index(at), &mut frame) {
            OK => {
                let mut header = [0; FRAME_HEADER];
                header.copy_from_slice(&frame[..FRAME_HEADER]);
                Ok(header)
            }
            rc => Err(rc),
        }
    }

    /// Hands on what is pending. After a failure nothing is: SQLite rolls the transaction back.
    pub(super) fn flush(&mut self) -> c_int {
        let Kind::Log(log) = &mut self.kind else {
            return OK;
        };
        if log.latched != OK {
            return log.latched;
        }
        if !log.pending.is_empty() {
            let rc = self.real.write(&log.pending, log.pending_at);
            log.pending.clear();
            if rc != OK {
                log.header = None;
                log.last_commit = 0;
                return rc;
            }
        }
        match log.header.take() {
            Some((at, header)) => self.reseal_frame(at, &header),
            None => OK,
        }
    }

    /// A header written without its page: SQLite corrects the checksum of a frame it has written.
    fn reseal_frame(&mut self, at: i64, header: &[u8; FRAME_HEADER]) -> c_int {
        let mut frame = vec![0; FRAME];
        let index = frame_index(at);
        let rc = self.read_frame(index, &mut frame);
        if rc != OK {
            return rc;
        }
        let Ok(nonce) = self.nonces.next() else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        frame[..FRAME_HEADER].copy_from_slice(header);
        let mark = self.log_mut().note_frame(index, header);
        self.keys.seal_frame(index, mark, &mut frame, nonce);
        self.real.write(&frame, at)
    }

    fn sync_log(&mut self, flags: c_int) -> c_int {
        let rc = self.flush();
        if rc != OK {
            return rc;
        }
        let rc = self.real.sync(flags);
        let log = self.log_mut();
        if rc == OK {
            log.durable = log.durable.max(log.last_commit);
        } else {
            log.latched = rc;
        }
        rc
    }

    /// Only the log's own methods come here.
    fn log_mut(&mut self) -> &mut Log {
        match &mut self.kind {
            Kind::Log(log) => log,
            _ => unreachable!("only a log reads and writes frames"),
        }
    }
}

impl Log {
    fn pending_end(&self) -> i64 {
        self.pending_at + self.pending.len() as i64
    }

    fn enter_generation(&mut self, salts: &[u8]) {
        self.salts.copy_from_slice(salts);
        self.last_commit = 0;
        self.durable = 0;
    }

    /// Keeps count of commits and gives the mark for this frame.
    fn note_frame(&mut self, index: u32, header: &[u8; FRAME_HEADER]) -> u32 {
        let salts = &header[8..16];
        // No salts: a frame that waits for its checksum, in the generation at hand.
        if salts != [0; 8] && salts != self.salts {
            self.enter_generation(salts);
        }
        // Whatever is written again was never part of a commit that others saw.
        self.durable = self.durable.min(index - 1);
        if be32(&header[4..]) != 0 {
            self.last_commit = index;
        } else if index <= self.last_commit {
            self.last_commit = 0;
        }
        #[cfg(test)]
        if super::page_cipher::planted::NO_MARKS.get() {
            return 0;
        }
        self.durable
    }
}

/// SQLite's page size and reserve must be ours, and the room for the trailer unused.
fn sealable(page: &[u8]) -> bool {
    page.len() == PAGE && page[BODY..].iter().all(|byte| *byte == 0)
}

fn page_number(at: i64) -> u32 {
    (at / PAGE_I64) as u32 + 1
}

fn frame_index(at: i64) -> u32 {
    ((at - WAL_HEADER_I64) / FRAME_I64) as u32 + 1
}

fn frame_at(index: u32) -> i64 {
    WAL_HEADER_I64 + i64::from(index - 1) * FRAME_I64
}
