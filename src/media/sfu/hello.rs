//! Waits for a browser's hello to be whole: which cipher is taken has to be known before it is read by whoever answers it.

use crate::media::wire::dtls;

/// Chromium's has 1.7 KB, in two datagrams.
const DATAGRAMS_MAX: usize = 8;
const BYTES_MAX: usize = 8 << 10;

#[derive(Default)]
pub struct Hello {
    body: Vec<u8>,
    /// Known without a gap.
    until: usize,
    /// To be read again by whoever answers.
    datagrams: Vec<Vec<u8>>,
}

impl Hello {
    /// Whether GCM is offered, once that is known; of what never becomes whole it is not.
    pub fn take(&mut self, datagram: &[u8]) -> Option<bool> {
        self.datagrams.push(datagram.to_vec());
        for piece in dtls::pieces(datagram) {
            let end = piece.at + piece.bytes.len();
            if piece.length > BYTES_MAX || end > piece.length {
                return Some(false);
            }
            if piece.at <= self.until {
                self.body.resize(piece.length, 0);
                self.until = self.until.min(piece.length).max(end);
                self.body[piece.at..end].copy_from_slice(piece.bytes);
                if self.until == piece.length {
                    return Some(dtls::offers(&self.body, dtls::AEAD_AES_128_GCM));
                }
            }
        }
        (self.datagrams.len() >= DATAGRAMS_MAX).then_some(false)
    }

    pub fn into_datagrams(self) -> Vec<Vec<u8>> {
        self.datagrams
    }
}
