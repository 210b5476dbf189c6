//! What somebody with the key could still find in a file that nobody uses: for tests that something is gone.

use super::page_aead::{PAGE, PageAead};
use crate::vault::PageKey;
use std::path::Path;

/// Every page of the main file in the clear, free ones too, one after the other.
pub fn pages_in_clear(path: &Path, key: &PageKey) -> Vec<u8> {
    let (aead, mut file) = (PageAead::new(key), std::fs::read(path).unwrap());
    for (number, page) in (1..).zip(file.chunks_mut(PAGE)) {
        aead.open_page(number, page).unwrap();
    }
    file
}
