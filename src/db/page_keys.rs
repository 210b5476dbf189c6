//! The keys that the pages of one database may be under: one, or two while the key is exchanged.
//!
//! What is written is always sealed under the current key, so a page or frame never goes back to the former one, and each
//! says by its key id which of the two opens it.

use super::page_aead::{FRAME, PAGE, PageAead, Refusal, TRAILER, WAL_HEADER};
use crate::vault::PageKey;
use parking_lot::RwLock;

pub(super) struct PageKeys(RwLock<Pair>);

struct Pair {
    current: PageAead,
    former: Option<PageAead>,
}

impl Pair {
    /// By the trailer of a page. An id of neither is for the current key to refuse.
    fn named_in(&self, trailer: &[u8]) -> &PageAead {
        let former = self.former.as_ref().filter(|former| former.key_id() == trailer[..4]);
        former.unwrap_or(&self.current)
    }
}

impl PageKeys {
    pub(super) fn new(key: &PageKey) -> Self {
        let former = key.former().map(|former| PageAead::new(&former));
        PageKeys(RwLock::new(Pair { current: PageAead::new(key), former }))
    }

    /// Whether `key` is one of these, or replaces the current one and does so now.
    pub(super) fn accept(&self, key: &PageKey) -> bool {
        let new = PageAead::new(key);
        let mut keys = self.0.write();
        let replaces = |former: PageKey| PageAead::new(&former).key_id() == keys.current.key_id();
        if keys.current.key_id() == new.key_id() {
            return true;
        }
        if keys.former.is_none() && key.former().is_some_and(replaces) {
            keys.former = Some(std::mem::replace(&mut keys.current, new));
            return true;
        }
        // Asked for before the exchange began.
        keys.former.as_ref().is_some_and(|former| former.key_id() == new.key_id())
    }

    pub(super) fn forget_former(&self) {
        self.0.write().former = None;
    }

    pub(super) fn knows(&self, id: [u8; 4]) -> bool {
        let keys = self.0.read();
        keys.current.key_id() == id || keys.former.as_ref().is_some_and(|former| former.key_id() == id)
    }

    pub(super) fn is_former(&self, id: [u8; 4]) -> bool {
        self.0.read().former.as_ref().is_some_and(|former| former.key_id() == id)
    }

    pub(super) fn seal_page(&self, number: u32, page: &mut [u8], nonce: [u8; 24]) {
        self.0.read().current.seal_page(number, page, nonce);
    }

    pub(super) fn open_page(&self, number: u32, page: &mut [u8]) -> Result<(), Refusal> {
        let keys = self.0.read();
        keys.named_in(&page[PAGE - TRAILER..]).open_page(number, page)
    }

    pub(super) fn seal_frame(&self, index: u32, mark: u32, frame: &mut [u8], nonce: [u8; 24]) {
        self.0.read().current.seal_frame(index, mark, frame, nonce);
    }

    pub(super) fn open_frame(&self, index: u32, frame: &mut [u8]) -> Result<u32, Refusal> {
        let keys = self.0.read();
        keys.named_in(&frame[FRAME - TRAILER..]).open_frame(index, frame)
    }

    pub(super) fn seal_header(&self, header: &[u8; WAL_HEADER]) -> [u8; WAL_HEADER] {
        self.0.read().current.seal_header(header)
    }

    /// A log that was begun before the exchange has a header under the former key, whatever its frames are under.
    pub(super) fn open_header(&self, sealed: &[u8; WAL_HEADER]) -> Option<[u8; WAL_HEADER]> {
        let keys = self.0.read();
        let former = || keys.former.as_ref()?.open_header(sealed);
        keys.current.open_header(sealed).or_else(former)
    }
}
