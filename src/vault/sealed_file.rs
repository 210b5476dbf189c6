//! Sealed files: attachments and backups. Recordings grow while they are written: [`sealed_log`](super::sealed_log).
//!
//! ```text
//! header  magic 8 | version 4 | wrapping key id 4 | file id hash 16 | nonce 12 | file key 32 | tag 16
//! chunk   up to 65536 sealed bytes | tag 16
//! ```
//!
//! Every file has a random key of its own, wrapped in the header; the wrap is bound to the file's
//! id, so files cannot be exchanged. When the root key is exchanged, only the header is written anew
//! ([`Sealer::reseal`]). Chunks follow the STREAM construction: the nonce is the
//! chunk's number and whether it is the last, so none can be moved, repeated, dropped or cut off.
//! Any chunk opens on its own, which is what HTTP ranges and seeking in a recording need.

use super::files;
use super::random::random;
use super::secret::{Secret, derive};
use aes_gcm::aead::{AeadInOut, KeyInit, array::Array};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

const MAGIC: &[u8; 8] = b"PARLORSF";
const VERSION: u32 = 1;
/// Of a file that grows; its header is the same.
pub(super) const LOG_VERSION: u32 = 2;
pub(super) const HEADER: usize = 92;
/// What the wrap vouches for besides the file's id.
const HEADER_CLEAR: usize = 32;
const CHUNK: usize = 64 * 1024;
pub(super) const TAG: usize = 16;
const SEALED_CHUNK: u64 = (CHUNK + TAG) as u64;

#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    #[error("this is not a sealed file")]
    NotSealed,
    #[error("this file was sealed by a newer Parlor (version {0})")]
    TooNew(u32),
    #[error("this file is sealed under another key")]
    WrongKey,
    #[error("this is another file than the one expected")]
    OtherFile,
    #[error("the file is cut off")]
    Truncated,
    #[error("the file is damaged at byte {at}")]
    Damaged { at: u64 },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Seals and opens the files of one purpose; see [`super::Vault::sealer`]. Cheap to clone: all clones are the same one.
#[derive(Clone, Debug)]
pub struct Sealer(Arc<RwLock<Keys>>);

#[derive(Debug)]
struct Keys {
    current: WrapKey,
    /// Of files whose header is not sealed anew yet.
    former: Option<WrapKey>,
}

/// What [`Sealer::reseal`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resealed {
    /// It was under the former key.
    Anew,
    AlreadyNew,
    /// Not even a header: an upload that broke off at its first byte.
    Empty,
}

impl Sealer {
    pub(super) fn new(current: Secret<32>, former: Option<Secret<32>>) -> Self {
        let keys = Keys { current: WrapKey::new(current), former: former.map(WrapKey::new) };
        Sealer(Arc::new(RwLock::new(keys)))
    }

    /// When this returns, the header of every file that was begun under the old key is in that file.
    pub(super) fn begin_exchange(&self, new: Secret<32>) {
        let mut keys = self.0.write();
        keys.former = Some(std::mem::replace(&mut keys.current, WrapKey::new(new)));
    }

    pub(super) fn end_exchange(&self) {
        self.0.write().former = None;
    }

    pub fn writer<W: Write>(&self, inner: W, file_id: &str) -> Result<SealedWriter<W>, SealedError> {
        SealedWriter::new(inner, self, file_id)
    }

    /// A new file, which appears under its name only when it is finished and on the disk.
    pub fn create_file(&self, path: &Path, file_id: &str) -> Result<SealedFile, SealedError> {
        let part = Part(files::beside(path, ".part"));
        files::remove_if_there(&part.0)?;
        let file = files::create_new(&part.0, 0o600)?;
        let writer = self.writer(file, file_id)?;
        Ok(SealedFile { writer, part, path: path.to_owned() })
    }

    pub fn reader<R: Read + Seek>(&self, inner: R, file_id: &str) -> Result<SealedReader<R>, SealedError> {
        SealedReader::new(inner, self, file_id)
    }

    pub fn open_file(&self, path: &Path, file_id: &str) -> Result<SealedReader<File>, SealedError> {
        match self.reader(File::open(path)?, file_id) {
            Err(SealedError::Damaged { at: 0 }) if self.is_exchanging() => self.reader(File::open(path)?, file_id),
            opened => opened,
        }
    }

    /// Writes a header with a new key, and gives what seals under it.
    pub(super) fn begin<W: Write>(&self, out: &mut W, version: u32, file_id: &str) -> Result<Stream, SealedError> {
        let file_key = Zeroizing::new(random::<32>());
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&version.to_be_bytes());
        header[16..HEADER_CLEAR].copy_from_slice(&id_hash(file_id));
        // Held until the header is written: see `begin_exchange`.
        let keys = self.0.read();
        keys.current.wrap(&mut header, file_id, &file_key);
        out.write_all(&header)?;
        Ok(Stream::new(version, &file_key, file_id))
    }

    /// What opens the file with this header, if it is one of this version.
    pub(super) fn open(&self, header: &[u8; HEADER], version: u32, file_id: &str) -> Result<Stream, SealedError> {
        let file_key = self.0.read().unwrap(header, file_id)?;
        match header[8..12] == version.to_be_bytes() {
            true => Ok(Stream::new(version, &file_key, file_id)),
            false => Err(SealedError::NotSealed),
        }
    }

    /// Whether a header may be written anew just now, so that one which does not open may do so a moment later.
    pub(super) fn is_exchanging(&self) -> bool {
        self.0.read().former.is_some()
    }

    /// Wraps the file's own key, and nothing else of it, under the new key, if it is under the former one. The header lies
    /// within one sector, which a disk writes whole.
    pub fn reseal(&self, path: &Path, file_id: &str) -> Result<Resealed, SealedError> {
        let file = File::options().read(true).write(true).open(path)?;
        let mut header = [0; HEADER];
        match file.read_exact_at(&mut header, 0) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(Resealed::Empty),
            read => read?,
        }
        let keys = self.0.read();
        if header[12..16] == keys.current.id {
            return Ok(Resealed::AlreadyNew);
        }
        let file_key = keys.unwrap(&header, file_id)?;
        keys.current.wrap(&mut header, file_id, &file_key);
        file.write_all_at(&header, 0)?;
        file.sync_data()?;
        Ok(Resealed::Anew)
    }
}

impl Keys {
    fn unwrap(&self, header: &[u8; HEADER], file_id: &str) -> Result<Zeroizing<[u8; 32]>, SealedError> {
        let of_former = self.former.as_ref().filter(|former| header[12..16] == former.id);
        of_former.unwrap_or(&self.current).unwrap(header, file_id)
    }
}

/// What wraps the keys of files.
#[derive(Debug)]
struct WrapKey {
    key: Secret<32>,
    id: [u8; 4],
}

impl WrapKey {
    fn new(key: Secret<32>) -> Self {
        let id = *derive(key.expose(), b"", "file key id");
        WrapKey { key, id }
    }

    fn wrap(&self, header: &mut [u8; HEADER], file_id: &str, file_key: &[u8; 32]) {
        header[12..16].copy_from_slice(&self.id);
        let (clear, rest) = header.split_at_mut(HEADER_CLEAR);
        let nonce = random::<12>();
        rest[..12].copy_from_slice(&nonce);
        rest[12..44].copy_from_slice(file_key);
        let tag = Aes256Gcm::new(&Array::from(*self.key.expose()))
            .encrypt_inout_detached(&Nonce::from(nonce), &wrap_aad(clear, file_id), (&mut rest[12..44]).into())
            .expect("32 bytes are within GCM's limit");
        rest[44..].copy_from_slice(&tag);
    }

    fn unwrap(&self, header: &[u8; HEADER], file_id: &str) -> Result<Zeroizing<[u8; 32]>, SealedError> {
        let (clear, rest) = header.split_at(HEADER_CLEAR);
        let number = |at: usize| u32::from_be_bytes([clear[at], clear[at + 1], clear[at + 2], clear[at + 3]]);
        if clear[..8] != *MAGIC {
            return Err(SealedError::NotSealed);
        }
        if number(8) > LOG_VERSION {
            return Err(SealedError::TooNew(number(8)));
        }
        if clear[12..16] != self.id {
            return Err(SealedError::WrongKey);
        }
        if clear[16..] != id_hash(file_id) {
            return Err(SealedError::OtherFile);
        }
        let (nonce, key, tag) = (&rest[..12], &rest[12..44], &rest[44..]);
        let damaged = |_| SealedError::Damaged { at: 0 };
        let mut file_key = Zeroizing::new([0; 32]);
        file_key.copy_from_slice(key);
        Aes256Gcm::new(&Array::from(*self.key.expose()))
            .decrypt_inout_detached(
                &Nonce::try_from(nonce).expect("twelve bytes"),
                &wrap_aad(clear, file_id),
                file_key.as_mut_slice().into(),
                &Tag::try_from(tag).expect("sixteen bytes"),
            )
            .map_err(damaged)?;
        Ok(file_key)
    }
}

fn wrap_aad(clear: &[u8], file_id: &str) -> Vec<u8> {
    [clear, file_id.as_bytes()].concat()
}

fn id_hash(file_id: &str) -> [u8; 16] {
    let hash = Sha256::digest(file_id.as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&hash[..16]);
    short
}

/// One file's key and what each chunk vouches for.
pub(super) struct Stream {
    cipher: Aes256Gcm,
    aad: Vec<u8>,
}

impl Stream {
    pub(super) fn new(version: u32, file_key: &[u8; 32], file_id: &str) -> Self {
        Stream {
            cipher: Aes256Gcm::new(&Array::from(*file_key)),
            aad: [&version.to_be_bytes(), file_id.as_bytes()].concat(),
        }
    }

    pub(super) fn seal(&self, number: u32, last: bool, chunk: &mut Vec<u8>) {
        let tag = self
            .cipher
            .encrypt_inout_detached(&chunk_nonce(number, last), &self.aad, chunk.as_mut_slice().into())
            .expect("a chunk is within GCM's limit");
        chunk.extend_from_slice(&tag);
    }

    /// False leaves zeros behind.
    pub(super) fn open(&self, number: u32, last: bool, chunk: &mut Vec<u8>) -> bool {
        let Some(body) = chunk.len().checked_sub(TAG) else {
            return false;
        };
        let tag = Tag::try_from(&chunk[body..]).expect("sixteen bytes");
        chunk.truncate(body);
        let opened = self
            .cipher
            .decrypt_inout_detached(&chunk_nonce(number, last), &self.aad, chunk.as_mut_slice().into(), &tag)
            .is_ok();
        if !opened {
            chunk.fill(0);
        }
        opened
    }
}

/// The key is the file's own, so the prefix that STREAM would draw at random can stay zero.
fn chunk_nonce(number: u32, last: bool) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut nonce = [0; 12];
    nonce[7..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last);
    #[cfg(test)]
    planted::spoil(&mut nonce);
    nonce.into()
}

/// Seals whatever is written. Without [`SealedWriter::finish`] the file does not open.
pub struct SealedWriter<W: Write> {
    inner: W,
    stream: Stream,
    next: u32,
    chunk: Vec<u8>,
}

impl<W: Write> SealedWriter<W> {
    fn new(mut inner: W, sealer: &Sealer, file_id: &str) -> Result<Self, SealedError> {
        Ok(SealedWriter {
            stream: sealer.begin(&mut inner, VERSION, file_id)?,
            inner,
            next: 0,
            chunk: Vec::with_capacity(CHUNK + TAG),
        })
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.write_chunk(true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn write_chunk(&mut self, last: bool) -> io::Result<()> {
        self.stream.seal(self.next, last, &mut self.chunk);
        self.inner.write_all(&self.chunk)?;
        self.chunk.clear();
        // 2^32 chunks are 256 TiB.
        self.next = self.next.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(())
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits: it may turn out to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.write_chunk(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Only whole chunks can be sealed, so there is nothing to hand on before the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Removed when dropped: an upload that broke off leaves nothing behind.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // After the rename there is nothing left under this name, which is fine.
        let _ = fs::remove_file(&self.0);
    }
}

/// A sealed file in the making.
pub struct SealedFile {
    writer: SealedWriter<File>,
    part: Part,
    path: PathBuf,
}

impl SealedFile {
    /// When this returns, the file and its name are on the disk.
    pub fn finish(self) -> io::Result<()> {
        self.writer.finish()?.sync_all()?;
        fs::rename(&self.part.0, &self.path)?;
        files::sync_folder_of(&self.path)
    }
}

impl Write for SealedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Reads any part of a sealed file; keeps the last chunk it has opened.
pub struct SealedReader<R> {
    inner: R,
    stream: Stream,
    chunks: u32,
    len: u64,
    position: u64,
    chunk: Vec<u8>,
    chunk_number: Option<u32>,
}

impl<R: Read + Seek> SealedReader<R> {
    /// Opens the last chunk at once, which proves that the file is complete and how long it is.
    fn new(mut inner: R, sealer: &Sealer, file_id: &str) -> Result<Self, SealedError> {
        let mut header = [0; HEADER];
        let total = inner.seek(SeekFrom::End(0))?;
        inner.rewind()?;
        if total < HEADER as u64 {
            let mut start = Vec::new();
            inner.read_to_end(&mut start)?;
            let ours = MAGIC.starts_with(&start[..start.len().min(8)]) && !start.is_empty();
            return Err(if ours { SealedError::Truncated } else { SealedError::NotSealed });
        }
        inner.read_exact(&mut header)?;
        let stream = sealer.open(&header, VERSION, file_id)?;
        let body = total - HEADER as u64;
        let chunks = body.div_ceil(SEALED_CHUNK);
        if body - chunks.saturating_sub(1) * SEALED_CHUNK < TAG as u64 {
            return Err(SealedError::Truncated);
        }
        let mut reader = SealedReader {
            inner,
            stream,
            chunks: u32::try_from(chunks).map_err(|_| SealedError::Damaged { at: 0 })?,
            len: body - chunks * TAG as u64,
            position: 0,
            chunk: Vec::with_capacity(CHUNK + TAG),
            chunk_number: None,
        };
        reader.load(reader.chunks - 1)?;
        Ok(reader)
    }

    /// The length of the plain content.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Up to `len` bytes from `start`; fewer only at the end of the file.
    pub fn read_range(&mut self, start: u64, len: usize) -> Result<Vec<u8>, SealedError> {
        let available = self.len.saturating_sub(start);
        let mut out = vec![0; len.min(usize::try_from(available).unwrap_or(usize::MAX))];
        let mut done = 0;
        while done < out.len() {
            done += self.read_at(start + done as u64, &mut out[done..])?;
        }
        Ok(out)
    }

    /// Some bytes from `start`, at most to the end of one chunk; zero only at the end of the file.
    pub fn read_at(&mut self, start: u64, out: &mut [u8]) -> Result<usize, SealedError> {
        if start >= self.len || out.is_empty() {
            return Ok(0);
        }
        self.load((start / CHUNK as u64) as u32)?;
        let from = (start % CHUNK as u64) as usize;
        let taken = out.len().min(self.chunk.len() - from);
        out[..taken].copy_from_slice(&self.chunk[from..from + taken]);
        Ok(taken)
    }

    fn load(&mut self, number: u32) -> Result<(), SealedError> {
        if self.chunk_number == Some(number) {
            return Ok(());
        }
        self.chunk_number = None;
        let last = number + 1 == self.chunks;
        let at = HEADER as u64 + u64::from(number) * SEALED_CHUNK;
        self.fetch(at)?;
        if !self.stream.open(number, last, &mut self.chunk) {
            if last {
                self.fetch(at)?;
                // Sealed as one in the middle: the rest is gone.
                if self.stream.open(number, false, &mut self.chunk) {
                    return Err(SealedError::Truncated);
                }
            }
            return Err(SealedError::Damaged { at });
        }
        self.chunk_number = Some(number);
        Ok(())
    }

    fn fetch(&mut self, at: u64) -> io::Result<()> {
        self.chunk.clear();
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.by_ref().take(SEALED_CHUNK).read_to_end(&mut self.chunk)?;
        Ok(())
    }
}

impl<R: Read + Seek> Read for SealedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at(self.position, out).map_err(io::Error::other)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R> Drop for SealedReader<R> {
    fn drop(&mut self) {
        self.chunk.zeroize();
    }
}

/// Bugs that the tests plant to prove that they would notice.
#[cfg(test)]
mod planted {
    use std::cell::Cell;
    thread_local! {
        pub(super) static NO_NUMBER: Cell<bool> = const { Cell::new(false) };
        pub(super) static NO_LAST: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn spoil(nonce: &mut [u8; 12]) {
        if NO_NUMBER.get() {
            nonce[7..11].fill(0);
        }
        if NO_LAST.get() {
            nonce[11] = 0;
        }
    }
}

#[cfg(test)]
#[path = "sealed_file_tests.rs"]
mod tests;
