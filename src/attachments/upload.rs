//! Taking a file in: sealed as it comes, looked at, and a picture drawn anew. Nothing is on the disk in the clear at any
//! time, and nothing of an upload that breaks off stays.

use super::files::{Files, InHand, blocking, disk, failure};
use super::media::{self, Raster};
use super::model::{NewAttachment, clean_name, with_ending};
use super::pictures::{self, Picture, Room};
use crate::kernel::Result;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use std::io::Write;

/// Handed to the disk at once: one hop to another thread each.
const PORTION: usize = 256 << 10;

/// What the sender says about a file.
pub struct Declared<'a> {
    pub name: &'a str,
    pub media_type: Option<&'a str>,
}

/// A file on the disk without a row.
pub struct Stored {
    pub new: NewAttachment,
    /// For as long as somebody means to write the row.
    pub in_hand: InHand,
}

/// Stores the whole of `body`. What it returns is on the disk and has no row yet; the caller writes one, or lets the purge
/// find the file.
pub async fn take_in(
    files: &Files,
    body: impl Stream<Item = Result<Bytes>>,
    declared: Declared<'_>,
    pixels_max: u64,
) -> Result<Stored> {
    let raw = seal(files, body).await?;
    let media_type = media::media_type(&raw.head, declared.media_type);
    let plain = NewAttachment {
        file: raw.in_hand.file().to_owned(),
        name: clean_name(declared.name),
        media_type: media_type.to_owned(),
        bytes: raw.bytes as i64,
        pixels: None,
    };
    let Some(raster) = Raster::of(media_type) else {
        return Ok(Stored { new: plain, in_hand: raw.in_hand });
    };
    let (worker, original) = (files.clone(), plain.file.clone());
    let drawn = files.draw(move |room| draw(&worker, &original, raster, pixels_max, room)).await;
    match drawn {
        Ok(None) => Ok(Stored { new: plain, in_hand: raw.in_hand }),
        Ok(Some(drawn)) => {
            discard(files, &plain.file);
            let renamed = drawn.raster != raster;
            let new = NewAttachment {
                name: if renamed { with_ending(&plain.name, drawn.raster.ending()) } else { plain.name },
                file: drawn.in_hand.file().to_owned(),
                media_type: drawn.raster.media_type().to_owned(),
                bytes: drawn.bytes as i64,
                pixels: Some(drawn.pixels),
            };
            Ok(Stored { new, in_hand: drawn.in_hand })
        }
        Err(error) => {
            discard(files, &plain.file);
            Err(error)
        }
    }
}

struct Raw {
    in_hand: InHand,
    bytes: u64,
    head: BytesMut,
}

async fn seal(files: &Files, body: impl Stream<Item = Result<Bytes>>) -> Result<Raw> {
    let worker = files.clone();
    let (in_hand, mut sealed) = blocking(move || worker.create()).await?;
    let mut raw = Raw { in_hand, bytes: 0, head: BytesMut::new() };
    let mut waiting = BytesMut::new();
    let mut body = std::pin::pin!(body);
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        raw.bytes += chunk.len() as u64;
        let missing = media::HEAD_BYTES - raw.head.len();
        raw.head.extend_from_slice(&chunk[..missing.min(chunk.len())]);
        waiting.extend_from_slice(&chunk);
        if waiting.len() >= PORTION {
            let (portion, name) = (waiting.split(), raw.in_hand.file().to_owned());
            sealed = blocking(move || {
                sealed.write_all(&portion).map_err(|e| disk(&name, &e))?;
                Ok(sealed)
            })
            .await?;
        }
    }
    let name = raw.in_hand.file().to_owned();
    let end = move || sealed.write_all(&waiting).and_then(|()| sealed.finish()).map_err(|e| disk(&name, &e));
    blocking(end).await?;
    Ok(raw)
}

struct Drawn {
    in_hand: InHand,
    raster: Raster,
    bytes: usize,
    pixels: (i64, i64),
}

fn draw(files: &Files, original: &str, raster: Raster, pixels_max: u64, room: &Room) -> Result<Option<Drawn>> {
    let mut reader = files.read(original)?;
    let whole = reader.read_range(0, usize::MAX).map_err(|e| failure(original, &e))?;
    let Some(Picture { raster, bytes, width, height }) = pictures::redraw(raster, &whole, pixels_max, room)? else {
        return Ok(None);
    };
    let (in_hand, mut sealed) = files.create()?;
    sealed.write_all(&bytes).and_then(|()| sealed.finish()).map_err(|e| disk(in_hand.file(), &e))?;
    Ok(Some(Drawn { in_hand, raster, bytes: bytes.len(), pixels: (width.into(), height.into()) }))
}

/// What cannot be removed now, the purge will.
pub fn discard(files: &Files, file: &str) {
    if let Err(error) = files.remove(file) {
        tracing::warn!(file, %error, "a file that is not needed stays for now");
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::tests::files;
    use super::*;
    use crate::kernel::Error;
    use futures_util::stream;
    use image::{DynamicImage, ImageFormat};
    use std::io::Cursor;

    fn on_disk(files: &Files) -> Vec<Vec<u8>> {
        let entries = files.shelves().flat_map(|shelf| std::fs::read_dir(shelf).unwrap());
        entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    fn body(bytes: &[u8]) -> impl Stream<Item = Result<Bytes>> + use<> {
        let chunks: Vec<_> = bytes.chunks(1_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        stream::iter(chunks)
    }

    fn said(name: &'static str, media_type: &'static str) -> Declared<'static> {
        Declared { name, media_type: Some(media_type) }
    }

    fn content(files: &Files, new: &NewAttachment) -> Vec<u8> {
        files.read(&new.file).unwrap().read_range(0, usize::MAX).unwrap()
    }

    #[tokio::test]
    async fn a_file_is_kept_byte_for_byte_and_never_in_the_clear() {
        let (_folder, files) = files();
        let text = "my secret words, ".repeat(50_000).into_bytes();
        let new = take_in(&files, body(&text), said("a.txt", "text/plain"), 1_000).await.unwrap().new;
        assert_eq!((new.media_type.as_str(), new.bytes, new.pixels), ("text/plain", text.len() as i64, None));
        assert!(content(&files, &new) == text);
        let stored = on_disk(&files);
        assert_eq!(stored.len(), 1);
        assert!(!stored[0].windows(6).any(|window| window == b"secret"));
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_leaves_nothing() {
        let (_folder, files) = files();
        let broken = body(&[7; 600_000]).chain(stream::iter([Err(Error::too_slow())]));
        assert!(take_in(&files, broken, said("a.bin", "text/plain"), 1_000).await.is_err());
        assert_eq!(on_disk(&files).len(), 0);
    }

    #[tokio::test]
    async fn a_picture_is_replaced_by_its_drawing() {
        let (_folder, files) = files();
        let mut png = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(30, 20).write_to(&mut png, ImageFormat::Png).unwrap();
        let original = [png.get_ref().as_slice(), b"something appended"].concat();
        let new = take_in(&files, body(&original), said("a.png", "text/html"), 1_000).await.unwrap().new;
        assert_eq!((new.media_type.as_str(), new.pixels), ("image/png", Some((30, 20))));
        assert_eq!(on_disk(&files).len(), 1);
        let kept = content(&files, &new);
        assert_eq!(kept.len() as i64, new.bytes);
        assert!(!kept.ends_with(b"appended"));

        let error = take_in(&files, body(&original), said("a.png", "image/png"), 599).await.err().unwrap();
        assert_eq!(error.code, "attachment.too_large");
        assert_eq!(on_disk(&files).len(), 1, "the refused one is gone");
    }

    #[tokio::test]
    async fn what_only_claims_to_be_a_picture_is_a_plain_file() {
        let (_folder, files) = files();
        let fake = b"GIF89a\x01\0\x01\0<script>alert(1)</script>";
        let new = take_in(&files, body(fake), said("a.gif", "image/gif"), 1_000).await.unwrap().new;
        assert_eq!((new.pixels, content(&files, &new).as_slice()), (None, &fake[..]));
    }
}
