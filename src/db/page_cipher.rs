//! The page-encrypting SQLite VFS: a layer between SQLite and its own "unix" VFS that seals every
//! page on its way to the disk and opens it on its way back. The only file with `unsafe`.
//!
//! Temporary files are refused, and so are pages in a rollback journal, so plaintext has nowhere
//! else to go. Locks, the shared-memory index and everything else pass straight through.
#![allow(unsafe_code)]

use super::figures::FIGURES;
use super::page_aead::PageAead;
use super::page_file::{Kind, Log, PageFile, WRITE_MAX, refuse_file};
use super::page_keys::PageKeys;
use crate::kernel::Stopwatch;
use crate::vault::PageKey;
use parking_lot::Mutex;
use rusqlite::{Connection, ffi};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::{ptr, slice};

#[cfg(test)]
pub use super::page_open::{OpenError, OpenMode, open};

const OK: c_int = ffi::SQLITE_OK;
const WAL_WRITE_LOCK: c_int = 0;

/// A registered cipher: databases opened through it are sealed under its key.
#[derive(Clone)]
pub struct CipherVfs {
    name: CString,
    keys: &'static PageKeys,
}

/// Two databases under one name but different keys would read each other's pages as damage.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("a page cipher named {0:?} is already registered with another key")]
    OtherKey(String),
    #[error("SQLite refused the page cipher {0:?}")]
    Refused(String),
}

static REGISTERED: Mutex<Vec<CipherVfs>> = Mutex::new(Vec::new());

impl CipherVfs {
    /// Registers once per name; the same name with the same key gives the same cipher again.
    /// A registration lives as long as the process, since connections point into it.
    pub fn register(name: &str, key: &PageKey) -> Result<Self, RegisterError> {
        let refused = || RegisterError::Refused(name.to_owned());
        let c_name = CString::new(name).map_err(|_| refused())?;
        let mut registered = REGISTERED.lock();
        match registered.iter().find(|known| known.name == c_name) {
            Some(known) if known.keys.accept(key) => Ok(known.clone()),
            Some(_) => Err(RegisterError::OtherKey(name.to_owned())),
            None => {
                let keys = register_vfs(c_name.clone(), PageKeys::new(key)).ok_or_else(refused)?;
                let new = CipherVfs { name: c_name, keys };
                registered.push(new.clone());
                Ok(new)
            }
        }
    }

    /// The cipher of this key, whatever its name, so that several stores in one process keep apart. A key that comes in
    /// exchange for another takes over that one's cipher, with all that is open through it.
    pub fn of(key: &PageKey) -> Result<Self, RegisterError> {
        const OURS: &str = "parlor-";
        let (known, so_far) = {
            let registered = REGISTERED.lock();
            let mut ours = registered.iter().filter(|known| known.name.to_bytes().starts_with(OURS.as_bytes()));
            (ours.find(|known| known.keys.accept(key)).cloned(), registered.len())
        };
        match known {
            Some(known) => Ok(known),
            None => {
                let id = u32::from_be_bytes(PageAead::new(key).key_id());
                // The number: a cipher that has exchanged this key for another keeps its name.
                CipherVfs::register(&format!("{OURS}{id:08x}-{so_far}"), key)
            }
        }
    }

    pub(super) fn name(&self) -> &CStr {
        &self.name
    }

    pub(super) fn keys(&self) -> &'static PageKeys {
        self.keys
    }
}

/// What all files of one registration share.
struct Shared {
    real: *mut ffi::sqlite3_vfs,
    keys: PageKeys,
}

fn register_vfs(name: CString, keys: PageKeys) -> Option<&'static PageKeys> {
    // SAFETY: "unix" is built in, its struct is plain data, and ours is leaked, hence never moves.
    // The copy keeps the original's functions that take no state (xDl*, xSleep, ...).
    unsafe {
        if ffi::sqlite3_initialize() != OK {
            return None;
        }
        let real = ffi::sqlite3_vfs_find(c"unix".as_ptr());
        if real.is_null() || !ffi::sqlite3_vfs_find(name.as_ptr()).is_null() {
            return None;
        }
        let shared: &'static Shared = Box::leak(Box::new(Shared { real, keys }));
        let mut vfs = ptr::read(real);
        vfs.iVersion = 2;
        vfs.szOsFile = size_of::<CipherFile>() as c_int + (*real).szOsFile;
        vfs.pNext = ptr::null_mut();
        vfs.zName = name.into_raw();
        vfs.pAppData = ptr::from_ref(shared).cast_mut().cast();
        vfs.xOpen = Some(vfs_open);
        vfs.xDelete = Some(vfs_delete);
        vfs.xAccess = Some(vfs_access);
        vfs.xFullPathname = Some(vfs_full_pathname);
        vfs.xRandomness = Some(vfs_randomness);
        vfs.xSleep = Some(vfs_sleep);
        vfs.xCurrentTime = Some(vfs_current_time);
        vfs.xGetLastError = Some(vfs_get_last_error);
        vfs.xCurrentTimeInt64 = Some(vfs_current_time_int64);
        (ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) == OK).then_some(&shared.keys)
    }
}

/// What SQLite allocates for us: this, then the file of the "unix" VFS.
#[repr(C)]
struct CipherFile {
    base: ffi::sqlite3_file,
    state: *mut State,
}

/// Our side of one open file.
struct State {
    file: PageFile,
    /// The other file of the same connection: the log of a main file, the main file of a log.
    peer: *mut State,
}

/// The file below. Valid from xOpen to xClose, as long as the `State` that holds it.
pub(super) struct RealFile(*mut ffi::sqlite3_file);

macro_rules! below {
    ($file:expr, $method:ident ( $($arg:expr),* )) => {{
        let file: *mut ffi::sqlite3_file = $file;
        // SAFETY: an open "unix" file has every method of io_methods version 2.
        unsafe { (*(*file).pMethods).$method.expect("the unix VFS has it")(file $(, $arg)*) }
    }};
}

impl RealFile {
    pub(super) fn read(&self, buf: &mut [u8], at: i64) -> c_int {
        below!(self.0, xRead(buf.as_mut_ptr().cast(), buf.len() as c_int, at))
    }

    pub(super) fn write(&self, buf: &[u8], at: i64) -> c_int {
        debug_assert!(buf.len() <= WRITE_MAX);
        #[cfg(test)]
        if planted::WRITES_FAIL.get() {
            return ffi::SQLITE_FULL;
        }
        #[cfg(test)]
        planted::record(self.0.addr(), planted::Op::Write(at, buf.to_vec()));
        below!(self.0, xWrite(buf.as_ptr().cast(), buf.len() as c_int, at))
    }

    pub(super) fn sync(&self, flags: c_int) -> c_int {
        #[cfg(test)]
        if planted::SYNCS_FAIL.get() {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        #[cfg(test)]
        planted::record(self.0.addr(), planted::Op::Sync);
        let begun = Stopwatch::start();
        let done = below!(self.0, xSync(flags));
        FIGURES.syncs.took(begun.elapsed());
        done
    }

    fn truncate(&self, size: i64) -> c_int {
        #[cfg(test)]
        planted::record(self.0.addr(), planted::Op::Truncate(size));
        below!(self.0, xTruncate(size))
    }

    pub(super) fn size(&self) -> Result<i64, c_int> {
        let mut size = 0;
        match below!(self.0, xFileSize(&raw mut size)) {
            OK => Ok(size),
            rc => Err(rc),
        }
    }
}

// --- what we ask the files of an open database ---

/// Far above SQLite's own numbers, which it hands to the file unseen.
const INQUIRY: c_int = 0x5041_524c;

/// What is still under the former key.
enum Inquiry<'a> {
    Pages { first: u32, count: u32, found: &'a mut Vec<u32> },
    Frames { found: &'a mut u32 },
}

/// Of `count` pages of the main file from `first` on, those under the former key.
pub(super) fn former_pages(db: &Connection, first: u32, count: u32) -> rusqlite::Result<Vec<u32>> {
    let mut found = Vec::new();
    inquire(db, Inquiry::Pages { first, count, found: &mut found })?;
    Ok(found)
}

/// Frames under the former key in the file of the log. Zero is a promise: see `PageFile::count_former_frames`.
pub(super) fn former_frames(db: &Connection) -> rusqlite::Result<u32> {
    // A connection opens the log with its first look.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut found = 0;
    inquire(db, Inquiry::Frames { found: &mut found })?;
    Ok(found)
}

/// Through SQLite's own descriptor: closing another one of the same file would drop the locks that SQLite holds on it.
fn inquire(db: &Connection, mut inquiry: Inquiry<'_>) -> rusqlite::Result<()> {
    // SAFETY: the connection lives through the call, and "main" is always a file of ours: a connection through another
    // VFS does not know the number and changes nothing.
    let rc = unsafe { ffi::sqlite3_file_control(db.handle(), c"main".as_ptr(), INQUIRY, (&raw mut inquiry).cast()) };
    match rc {
        OK => Ok(()),
        rc => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(rc), None)),
    }
}

// --- what SQLite calls ---

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 2 has shared memory but no xFetch: mapped pages would be ciphertext.
    iVersion: 2,
    xClose: Some(file_close),
    xRead: Some(file_read),
    xWrite: Some(file_write),
    xTruncate: Some(file_truncate),
    xSync: Some(file_sync),
    xFileSize: Some(file_size),
    xLock: Some(file_lock),
    xUnlock: Some(file_unlock),
    xCheckReservedLock: Some(file_check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(file_sector_size),
    xDeviceCharacteristics: Some(file_device_characteristics),
    xShmMap: Some(file_shm_map),
    xShmLock: Some(file_shm_lock),
    xShmBarrier: Some(file_shm_barrier),
    xShmUnmap: Some(file_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// SAFETY: `file` is one that `vfs_open` has set up and `file_close` has not yet seen. SQLite uses
/// a file from one thread at a time, and nothing below calls back into it.
unsafe fn state<'a>(file: *mut ffi::sqlite3_file) -> &'a mut State {
    unsafe { &mut *(*file.cast::<CipherFile>()).state }
}

/// SAFETY: as for `state`.
unsafe fn page_file<'a>(file: *mut ffi::sqlite3_file) -> &'a mut PageFile {
    unsafe { &mut state(file).file }
}

fn kind_of(flags: c_int) -> Option<Kind> {
    match flags {
        _ if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 => Some(Kind::Main),
        _ if flags & ffi::SQLITE_OPEN_WAL != 0 => Some(Kind::Log(Log::default())),
        _ if flags & ffi::SQLITE_OPEN_MAIN_JOURNAL != 0 => Some(Kind::Journal),
        _ => None,
    }
}

unsafe extern "C" fn vfs_open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our own vfs, room for szOsFile bytes, and, for a log, a name that
    // belongs to an open main file of the same vfs.
    unsafe {
        (*file).pMethods = ptr::null();
        let Some(kind) = kind_of(flags).filter(|_| !name.is_null()) else {
            return refuse_file();
        };
        let is_log = matches!(kind, Kind::Log(_));
        let shared: &'static Shared = &*(*vfs).pAppData.cast::<Shared>();
        let real = file.cast::<CipherFile>().add(1).cast::<ffi::sqlite3_file>();
        let open = (*shared.real).xOpen.expect("the unix VFS opens files");
        let rc = open(shared.real, name, real, flags, out_flags);
        if rc != OK {
            return rc;
        }
        let path = CStr::from_ptr(name).to_string_lossy().into_owned();
        let new = Box::into_raw(Box::new(State {
            file: PageFile::new(RealFile(real), &shared.keys, kind, path),
            peer: ptr::null_mut(),
        }));
        if is_log {
            let main = state(ffi::sqlite3_database_file_object(name));
            main.peer = new;
            (*new).peer = ptr::from_mut(main);
        }
        (*file.cast::<CipherFile>()).state = new;
        (*file).pMethods = &raw const METHODS;
        OK
    }
}

unsafe extern "C" fn file_close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as for `state`; the box is freed once, and its peer forgets it first.
    let mut ours = unsafe { Box::from_raw((*file.cast::<CipherFile>()).state) };
    let flushed = ours.file.flush();
    // SAFETY: see `file_shm_lock`.
    if let Some(peer) = unsafe { ours.peer.as_mut() } {
        peer.peer = ptr::null_mut();
    }
    let rc = below!(ours.file.real.0, xClose());
    // SAFETY: SQLite's own memory; no methods means closed.
    unsafe { (*file).pMethods = ptr::null() };
    if flushed == OK { rc } else { flushed }
}

unsafe extern "C" fn file_read(file: *mut ffi::sqlite3_file, buf: *mut c_void, len: c_int, at: i64) -> c_int {
    // SAFETY: see `state`; SQLite gives room for `len` bytes.
    unsafe { page_file(file).read(slice::from_raw_parts_mut(buf.cast(), len as usize), at) }
}

unsafe extern "C" fn file_write(file: *mut ffi::sqlite3_file, buf: *const c_void, len: c_int, at: i64) -> c_int {
    // SAFETY: see `state`; SQLite gives `len` bytes.
    unsafe { page_file(file).write(slice::from_raw_parts(buf.cast(), len as usize), at) }
}

unsafe extern "C" fn file_truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: see `state`.
    let ours = unsafe { page_file(file) };
    match ours.flush() {
        OK => ours.real.truncate(size),
        rc => rc,
    }
}

unsafe extern "C" fn file_sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: see `state`.
    unsafe { page_file(file) }.sync(flags)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: see `state`.
    let ours = unsafe { page_file(file) };
    match ours.flush() {
        OK => below!(ours.real.0, xFileSize(size)),
        rc => rc,
    }
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    if op == ffi::SQLITE_FCNTL_MMAP_SIZE {
        return ffi::SQLITE_NOTFOUND;
    }
    if op == INQUIRY {
        // SAFETY: see `state` and `file_shm_lock`; only `inquire` asks this, with an `Inquiry` that it holds.
        let (ours, inquiry) = unsafe { (state(file), &mut *arg.cast::<Inquiry<'_>>()) };
        return match inquiry {
            Inquiry::Pages { first, count, found } => ours.file.list_former(*first, *count, found),
            // SAFETY: as in `file_shm_lock`.
            Inquiry::Frames { found } => match unsafe { ours.peer.as_mut() } {
                Some(log) => log.file.count_former_frames(found),
                None => OK,
            },
        };
    }
    // SAFETY: see `state`.
    below!(unsafe { page_file(file) }.real.0, xFileControl(op, arg))
}

unsafe extern "C" fn file_device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: see `state`.
    let all = below!(unsafe { page_file(file) }.real.0, xDeviceCharacteristics());
    // Part of a page cannot be read on its own, and batches would go round this layer.
    all & !(ffi::SQLITE_IOCAP_SUBPAGE_READ | ffi::SQLITE_IOCAP_BATCH_ATOMIC)
}

unsafe extern "C" fn file_shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    // SAFETY: see `state`; a peer forgets us when it closes.
    let (ours, log) = unsafe {
        let ours = state(file);
        (&ours.file, ours.peer.as_mut())
    };
    if let Some(log) = log {
        let latched = log.file.latched();
        if flags & ffi::SQLITE_SHM_LOCK != 0 && latched != OK {
            return latched;
        }
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 && offset == WAL_WRITE_LOCK {
            log.file.end_transaction();
        }
    }
    below!(ours.real.0, xShmLock(offset, n, flags))
}

unsafe extern "C" fn file_shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as in `file_shm_lock`.
    let ours = unsafe { state(file) };
    if let Some(log) = unsafe { ours.peer.as_mut() } {
        log.file.publish();
    }
    below!(ours.file.real.0, xShmBarrier());
}

macro_rules! pass_to_file {
    ($name:ident, $method:ident, $($arg:ident: $type:ty),*) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($arg: $type),*) -> c_int {
            // SAFETY: see `state`.
            below!(unsafe { page_file(file) }.real.0, $method($($arg),*))
        }
    };
}
pass_to_file!(file_lock, xLock, level: c_int);
pass_to_file!(file_unlock, xUnlock, level: c_int);
pass_to_file!(file_check_reserved_lock, xCheckReservedLock, out: *mut c_int);
pass_to_file!(file_sector_size, xSectorSize,);
pass_to_file!(file_shm_map, xShmMap, page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void);
pass_to_file!(file_shm_unmap, xShmUnmap, delete: c_int);

macro_rules! pass_to_vfs {
    ($name:ident, $method:ident, $($arg:ident: $type:ty),*) => {
        unsafe extern "C" fn $name(vfs: *mut ffi::sqlite3_vfs, $($arg: $type),*) -> c_int {
            // SAFETY: SQLite passes our own vfs; the unix VFS has all methods of version 2.
            unsafe {
                let real = (*(*vfs).pAppData.cast::<Shared>()).real;
                (*real).$method.expect("the unix VFS has it")(real, $($arg),*)
            }
        }
    };
}
pass_to_vfs!(vfs_delete, xDelete, name: *const c_char, sync_dir: c_int);
pass_to_vfs!(vfs_access, xAccess, name: *const c_char, flags: c_int, out: *mut c_int);
pass_to_vfs!(vfs_full_pathname, xFullPathname, name: *const c_char, len: c_int, out: *mut c_char);
pass_to_vfs!(vfs_randomness, xRandomness, len: c_int, out: *mut c_char);
pass_to_vfs!(vfs_sleep, xSleep, micros: c_int);
pass_to_vfs!(vfs_current_time, xCurrentTime, out: *mut f64);
pass_to_vfs!(vfs_get_last_error, xGetLastError, len: c_int, out: *mut c_char);
pass_to_vfs!(vfs_current_time_int64, xCurrentTimeInt64, out: *mut i64);

/// Failures and bugs that the tests plant, in the thread that runs the statement, and a record of
/// what reached the files.
#[cfg(test)]
pub(super) mod planted {
    use std::cell::{Cell, RefCell};

    #[derive(Clone)]
    pub(in crate::db) enum Op {
        Write(i64, Vec<u8>),
        Truncate(i64),
        Sync,
    }

    pub(super) fn record(file: usize, op: Op) {
        RECORD.with_borrow_mut(|record| {
            if let Some(record) = record {
                record.push((file, op));
            }
        });
    }

    thread_local! {
        pub(in crate::db) static WRITES_FAIL: Cell<bool> = const { Cell::new(false) };
        pub(in crate::db) static RECORD: RefCell<Option<Vec<(usize, Op)>>> = const { RefCell::new(None) };
        pub(in crate::db) static NO_MARKS: Cell<bool> = const { Cell::new(false) };
        pub(in crate::db) static SYNCS_FAIL: Cell<bool> = const { Cell::new(false) };
    }
}
