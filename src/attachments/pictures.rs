//! Drawing pictures anew: decode, turn upright, encode. What was beside the pixels (place, camera, thumbnails, comments) is
//! gone; the colour profile stays. A file that claims to be a picture and is none stays a plain file.
//!
//! A still JPEG or PNG stays what it is; a lossy WebP without transparency becomes a JPEG, since nothing here writes lossy
//! WebP. What moves keeps moving, see [`super::animations`].

use super::animations;
use super::media::Raster;
use crate::kernel::{Error, Result};
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::{DynamicImage, ImageDecoder, ImageEncoder, Limits};
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::io::Cursor;

/// Hardly tells from the original, at half the size of 95.
const JPEG_QUALITY: u8 = 88;
/// Larger ones than any real profile are not kept.
const PROFILE_BYTES_MAX: usize = 64 << 10;
/// What a decoder may take per pixel allowed: four channels of eight bits, and room to work.
const BYTES_PER_PIXEL: u64 = 5;

/// A picture as we drew it.
pub struct Picture {
    pub raster: Raster,
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Draws `bytes` anew. `None`: it is no picture that we can read. Refuses one of more than `pixels_max`, from its header alone.
/// Waits until the memory it takes is there, and refuses what would never fit.
pub fn redraw(raster: Raster, bytes: &[u8], pixels_max: u64, room: &Room) -> Result<Option<Picture>> {
    let Some((width, height)) = size(raster, bytes) else { return Ok(None) };
    let pixels = u64::from(width) * u64::from(height);
    if pixels > pixels_max {
        let detail = format!("A picture may have {pixels_max} pixels; this one has {width} × {height}.");
        return Err(Error::too_large("attachment.too_large", detail));
    }
    let _place = room.enter(raster, pixels, bytes.len() as u64)?;
    Ok(match raster {
        Raster::Gif => animations::gif(bytes, pixels_max),
        Raster::WebP if is_animated(bytes) => animations::webp(bytes, pixels_max),
        _ => still(raster, bytes, pixels_max),
    })
}

/// The memory that pictures take while they are drawn, all together. Two of those that take up to a half are drawn at the
/// same time; a larger one alone.
pub struct Room {
    bytes: u64,
    gate: RwLock<()>,
}

/// Held while a picture is drawn.
pub enum Place<'r> {
    Shared { _held: RwLockReadGuard<'r, ()> },
    Alone { _held: RwLockWriteGuard<'r, ()> },
}

impl Room {
    pub fn new(bytes: u64) -> Room {
        Room { bytes, gate: RwLock::new(()) }
    }

    fn enter(&self, raster: Raster, pixels: u64, file_bytes: u64) -> Result<Place<'_>> {
        let per_pixel = bytes_per_pixel(raster);
        // The file as it came, and what it becomes.
        let needed = pixels * per_pixel + 2 * file_bytes;
        if needed > self.bytes {
            let fits = self.bytes.saturating_sub(2 * file_bytes) / per_pixel;
            let detail = format!("This server has memory for such a picture of {fits} pixels; this one has {pixels}.");
            return Err(Error::too_large("attachment.too_large", detail));
        }
        Ok(match needed > self.bytes / 2 {
            true => Place::Alone { _held: self.gate.write() },
            false => Place::Shared { _held: self.gate.read() },
        })
    }
}

/// At the worst moment. A photograph has three bytes and as many again while it is turned; of PNG and WebP four, and what they
/// become may be as long, twice while it is put together.
fn bytes_per_pixel(raster: Raster) -> u64 {
    match raster {
        Raster::Jpeg => 7,
        Raster::Png | Raster::WebP => 12,
        Raster::Gif => 4,
    }
}

fn size(raster: Raster, bytes: &[u8]) -> Option<(u32, u32)> {
    let input = Cursor::new(bytes);
    match raster {
        Raster::Png => Some(PngDecoder::new(input).ok()?.dimensions()),
        Raster::Jpeg => Some(JpegDecoder::new(input).ok()?.dimensions()),
        Raster::WebP => Some(WebPDecoder::new(input).ok()?.dimensions()),
        Raster::Gif => {
            let gif = gif::Decoder::new(input).ok()?;
            Some((gif.width().into(), gif.height().into()))
        }
    }
}

fn is_animated(webp: &[u8]) -> bool {
    WebPDecoder::new(Cursor::new(webp)).is_ok_and(|decoder| decoder.has_animation())
}

fn still(raster: Raster, bytes: &[u8], pixels_max: u64) -> Option<Picture> {
    let input = Cursor::new(bytes);
    let (image, profile) = match raster {
        Raster::Png => decode(PngDecoder::new(input).ok()?, pixels_max),
        Raster::Jpeg => decode(JpegDecoder::new(input).ok()?, pixels_max),
        Raster::WebP => decode(WebPDecoder::new(input).ok()?, pixels_max),
        Raster::Gif => None,
    }?;
    let lossy_webp = raster == Raster::WebP && !animations::is_lossless(bytes) && !image.color().has_alpha();
    let raster = if lossy_webp { Raster::Jpeg } else { raster };
    let (width, height) = (image.width(), image.height());
    let bytes = encode(raster, image, profile)?;
    Some(Picture { raster, bytes, width, height })
}

fn decode(mut decoder: impl ImageDecoder, pixels_max: u64) -> Option<(DynamicImage, Option<Vec<u8>>)> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels_max.saturating_mul(BYTES_PER_PIXEL));
    decoder.set_limits(limits).ok()?;
    let orientation = decoder.orientation().ok()?;
    let profile = decoder.icc_profile().ok()?.filter(|profile| keeps(profile));
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    Some((image, profile))
}

/// Only a profile for the colours that come out of a decoder; a CMYK one would turn them into something else.
fn keeps(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_BYTES_MAX && profile.get(16..20) == Some(b"RGB ")
}

fn encode(raster: Raster, image: DynamicImage, profile: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match raster {
        Raster::Png => {
            let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
            write(encoder, &image, profile)?;
        }
        Raster::Jpeg => {
            let opaque = DynamicImage::ImageRgb8(image.into_rgb8());
            write(JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY), &opaque, profile)?;
        }
        Raster::WebP => write(WebPEncoder::new_lossless(&mut out), &image, profile)?,
        Raster::Gif => return None,
    }
    Some(out)
}

fn write(mut encoder: impl ImageEncoder, image: &DynamicImage, profile: Option<Vec<u8>>) -> Option<()> {
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile).ok()?;
    }
    image.write_with_encoder(encoder).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

    const MEGA: u64 = 1_000_000;

    fn redrawn(raster: Raster, bytes: &[u8]) -> Option<Picture> {
        redraw(raster, bytes, 40 * MEGA, &Room::new(1 << 30)).unwrap()
    }

    /// Left half red, right half blue, twice as wide as high.
    fn flag() -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(
            64,
            32,
            |x, _| if x < 32 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) },
        ))
    }

    fn encoded(image: &DynamicImage, raster: Raster) -> Vec<u8> {
        encode(raster, image.clone(), None).unwrap()
    }

    /// An APP1 segment as a telephone writes it: turned by a quarter, and where it was taken.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"GPS 31.2304N 121.4737E");
        let length = (exif.len() as u16 + 2).to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    fn contains(bytes: &[u8], needle: &[u8]) -> bool {
        bytes.windows(needle.len()).any(|window| window == needle)
    }

    #[test]
    fn a_photograph_stands_upright_and_no_longer_says_where_it_was_taken() {
        let original = with_exif(&encoded(&flag(), Raster::Jpeg), 6);
        assert!(contains(&original, b"121.4737E"));
        let picture = redrawn(Raster::Jpeg, &original).unwrap();
        assert!(!contains(&picture.bytes, b"121.4737E") && !contains(&picture.bytes, b"Exif"));
        assert_eq!((picture.width, picture.height), (32, 64));
        let image = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!(image.dimensions(), (32, 64));
        assert!(image.get_pixel(16, 5)[0] > 200 && image.get_pixel(16, 58)[2] > 200, "left became top");
    }

    #[test]
    fn a_png_keeps_every_pixel_and_its_transparency() {
        let image =
            DynamicImage::ImageRgba8(RgbaImage::from_fn(9, 7, |x, y| Rgba([x as u8, y as u8, 200, 30 * x as u8])));
        let picture = redrawn(Raster::Png, &encoded(&image, Raster::Png)).unwrap();
        assert_eq!(image::load_from_memory(&picture.bytes).unwrap(), image);
    }

    #[test]
    fn a_png_loses_its_text() {
        let png = encoded(&flag(), Raster::Png);
        let text = b"tEXtComment\0secret place";
        let mut chunk = (text.len() as u32 - 4).to_be_bytes().to_vec();
        chunk.extend(text);
        chunk.extend(crc(text).to_be_bytes());
        let original = [&png[..33], &chunk, &png[33..]].concat();
        assert!(!contains(&redrawn(Raster::Png, &original).unwrap().bytes, b"secret"));
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }

    #[test]
    fn a_lossless_webp_stays_one() {
        let picture = redrawn(Raster::WebP, &encoded(&flag(), Raster::WebP)).unwrap();
        assert_eq!(picture.raster, Raster::WebP);
        assert_eq!(image::load_from_memory(&picture.bytes).unwrap().to_rgb8(), flag().to_rgb8());
    }

    #[test]
    fn too_many_pixels_are_refused_by_the_header_alone() {
        let mut bomb = encoded(&flag(), Raster::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
        let sum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        let error = redraw(Raster::Png, &bomb, 40 * MEGA, &Room::new(1 << 30)).err().unwrap();
        assert_eq!(error.code, "attachment.too_large");
    }

    #[test]
    fn what_the_memory_does_not_hold_is_refused_in_clear_words() {
        let jpeg = encoded(&flag(), Raster::Jpeg);
        let needed = 64 * 32 * 7 + 2 * jpeg.len() as u64;
        assert!(redraw(Raster::Jpeg, &jpeg, MEGA, &Room::new(needed)).unwrap().is_some());
        let error = redraw(Raster::Jpeg, &jpeg, MEGA, &Room::new(needed - 1)).err().unwrap();
        assert!(error.code == "attachment.too_large" && error.detail.contains("memory"), "{error}");
        // Two small ones share the room; a large one is alone in it.
        let room = Room::new(1_200);
        let small = room.enter(Raster::Png, 50, 0).unwrap();
        assert!(room.gate.try_read().is_some() && room.gate.try_write().is_none());
        drop(small);
        let large = room.enter(Raster::Png, 51, 0).unwrap();
        assert!(room.gate.try_read().is_none());
        drop(large);
    }

    #[test]
    fn what_is_no_picture_is_none() {
        let jpeg = encoded(&flag(), Raster::Jpeg);
        assert!(redrawn(Raster::Png, b"\x89PNG\r\n\x1a\nnonsense").is_none());
        assert!(redrawn(Raster::Jpeg, b"\xff\xd8\xff").is_none());
        assert!(redrawn(Raster::Gif, b"GIF89a<script>").is_none());
        assert!(redrawn(Raster::WebP, &jpeg).is_none());
        let png = encoded(&flag(), Raster::Png);
        assert!(redrawn(Raster::Png, &png[..png.len() / 2]).is_none());
    }
}
