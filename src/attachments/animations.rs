//! Pictures that move keep moving.
//!
//! A GIF is decoded frame by frame and written again with its own palettes: no pixel changes, and only pixels, palettes, timing
//! and the number of repetitions go along. Nothing in pure Rust writes an animated WebP, so that one is decoded to see
//! that it is sound, and then only the chunks that show something are copied: no EXIF, no XMP, nothing unknown.

use super::media::Raster;
use super::pictures::Picture;
use image::AnimationDecoder;
use image::codecs::webp::WebPDecoder;
use std::io::Cursor;
use std::num::NonZeroU64;

/// All frames together may have so many times the pixels of one picture: that is the time it takes, not memory.
const FRAMES_FACTOR: u64 = 10;

pub fn gif(bytes: &[u8], pixels_max: u64) -> Option<Picture> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.set_memory_limit(gif::MemoryLimit::Bytes(NonZeroU64::new(pixels_max)?));
    options.check_frame_consistency(true);
    let mut decoder = options.read_info(Cursor::new(bytes)).ok()?;
    let (width, height) = (decoder.width(), decoder.height());
    let mut out = Vec::new();
    {
        let palette = decoder.global_palette().unwrap_or_default().to_vec();
        let mut encoder = gif::Encoder::new(&mut out, width, height, &palette).ok()?;
        let mut budget = pixels_max.saturating_mul(FRAMES_FACTOR);
        let mut first = true;
        while let Some(frame) = decoder.read_next_frame().ok()? {
            budget = budget.checked_sub(u64::from(frame.width) * u64::from(frame.height))?;
            // Lines come in their natural order now.
            let frame = gif::Frame { interlaced: false, ..frame.clone() };
            if first {
                encoder.set_repeat(decoder.repeat()).ok()?;
                first = false;
            }
            encoder.write_frame(&frame).ok()?;
        }
        if first {
            return None;
        }
    }
    Some(Picture { raster: Raster::Gif, bytes: out, width: width.into(), height: height.into() })
}

pub fn webp(bytes: &[u8], pixels_max: u64) -> Option<Picture> {
    let (width, height) = image::ImageDecoder::dimensions(&WebPDecoder::new(Cursor::new(bytes)).ok()?);
    let mut budget = pixels_max.saturating_mul(FRAMES_FACTOR);
    for frame in WebPDecoder::new(Cursor::new(bytes)).ok()?.into_frames() {
        frame.ok()?;
        budget = budget.checked_sub(u64::from(width) * u64::from(height))?;
    }
    Some(Picture { raster: Raster::WebP, bytes: shown_chunks(bytes)?, width, height })
}

/// Whether a still WebP is of the lossless kind.
pub fn is_lossless(webp: &[u8]) -> bool {
    webp.get(12..).is_some_and(|body| chunks(body).any(|(id, _)| id == b"VP8L"))
}

const EXIF_AND_XMP: u8 = 0b0000_1100;
/// The frame's place, size, time and flags, before its own chunks.
const FRAME_HEADER: usize = 16;

fn shown_chunks(webp: &[u8]) -> Option<Vec<u8>> {
    let mut body = b"WEBP".to_vec();
    for (id, data) in chunks(webp.get(12..)?) {
        match id {
            b"VP8X" => {
                let mut header = data.to_vec();
                *header.first_mut()? &= !EXIF_AND_XMP;
                push(&mut body, id, &header);
            }
            b"ICCP" | b"ANIM" => push(&mut body, id, data),
            b"ANMF" => {
                let mut frame = data.get(..FRAME_HEADER)?.to_vec();
                let own = chunks(&data[FRAME_HEADER..]).filter(|(id, _)| matches!(*id, b"ALPH" | b"VP8 " | b"VP8L"));
                own.for_each(|(id, data)| push(&mut frame, id, data));
                push(&mut body, id, &frame);
            }
            _ => {}
        }
    }
    let mut out = Vec::with_capacity(body.len() + 8);
    push(&mut out, b"RIFF", &body);
    Some(out)
}

/// A RIFF chunk: four letters, the length, the bytes, one more if that is odd.
fn push(out: &mut Vec<u8>, id: &[u8; 4], data: &[u8]) {
    out.extend(id);
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
}

/// The chunks up to the first that is cut off.
fn chunks(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (id, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let data = after.get(..length)?;
        rest = after.get(length + length % 2..).unwrap_or_default();
        Some((id, data))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::webp::WebPEncoder;
    use image::{DynamicImage, Rgb, RgbImage};

    const PIXELS_MAX: u64 = 1_000_000;

    fn moving_gif(frames: u8) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = gif::Encoder::new(&mut out, 8, 4, &[0, 0, 0, 255, 255, 255]).unwrap();
        encoder.set_repeat(gif::Repeat::Infinite).unwrap();
        encoder.write_raw_extension(gif::AnyExtension(0xfe), &[b"taken at home"]).unwrap();
        for n in 0..frames {
            let mut frame = gif::Frame { width: 8, height: 4, delay: 7, ..Default::default() };
            frame.buffer = (0..32).map(|pixel| u8::from(pixel == n)).collect::<Vec<u8>>().into();
            frame.palette = (n % 2 == 1).then(|| vec![9, 9, 9, n, n, n]);
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        out
    }

    type Shown = (u16, Vec<u8>, Option<Vec<u8>>);

    fn frames(bytes: &[u8]) -> (gif::Repeat, Vec<Shown>) {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::Indexed);
        let mut decoder = options.read_info(bytes).unwrap();
        let mut all = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            all.push((frame.delay, frame.buffer.to_vec(), frame.palette.clone()));
        }
        (decoder.repeat(), all)
    }

    fn contains(bytes: &[u8], needle: &[u8]) -> bool {
        bytes.windows(needle.len()).any(|window| window == needle)
    }

    #[test]
    fn a_gif_keeps_its_frames_timing_and_palettes_and_loses_its_comments() {
        let original = moving_gif(5);
        assert!(contains(&original, b"taken at home"));
        let picture = gif(&original, PIXELS_MAX).unwrap();
        assert_eq!(frames(&picture.bytes), frames(&original));
        assert_eq!(frames(&picture.bytes).1.len(), 5);
        assert!(!contains(&picture.bytes, b"taken at home"));
        assert_eq!((picture.width, picture.height), (8, 4));
    }

    #[test]
    fn a_gif_of_endless_frames_or_none_is_not_drawn() {
        assert!(gif(&moving_gif(12), 33).is_none(), "12 × 32 pixels are more than 10 × 33");
        assert!(gif(&moving_gif(10), 33).is_some());
        assert!(gif(&moving_gif(0), PIXELS_MAX).is_none());
        let whole = moving_gif(3);
        assert!(gif(&whole[..whole.len() - 20], PIXELS_MAX).is_none());
    }

    fn moving_webp() -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        push(&mut body, b"VP8X", &[0b0000_1110, 0, 0, 0, 7, 0, 0, 3, 0, 0]);
        push(&mut body, b"ANIM", &[0; 6]);
        for shade in [10, 200] {
            let mut still = Vec::new();
            let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(8, 4, Rgb([shade, 0, 0])));
            image.write_with_encoder(WebPEncoder::new_lossless(&mut still)).unwrap();
            let mut frame = [&[0; 6][..], &[7, 0, 0, 3, 0, 0, 100, 0, 0, 0]].concat();
            chunks(&still[12..]).for_each(|(id, data)| push(&mut frame, id, data));
            push(&mut frame, b"note", b"hidden in a frame");
            push(&mut body, b"ANMF", &frame);
        }
        push(&mut body, b"EXIF", b"taken at home");
        push(&mut body, b"XMP ", b"and by whom");
        let mut out = Vec::new();
        push(&mut out, b"RIFF", &body);
        out
    }

    #[test]
    fn a_moving_webp_keeps_its_frames_and_loses_what_is_not_shown() {
        let original = moving_webp();
        let picture = webp(&original, PIXELS_MAX).unwrap();
        for hidden in [&b"taken at home"[..], b"and by whom", b"hidden in a frame"] {
            assert!(contains(&original, hidden) && !contains(&picture.bytes, hidden));
        }
        let shown = |bytes: &[u8]| -> Vec<_> {
            let decoder = WebPDecoder::new(Cursor::new(bytes.to_vec())).unwrap();
            assert!(decoder.has_animation());
            decoder.into_frames().map(|frame| frame.unwrap().into_buffer()).collect()
        };
        assert_eq!(shown(&picture.bytes), shown(&original));
        assert_eq!(shown(&picture.bytes).len(), 2);
        assert!(webp(&original, 6).is_none(), "2 × 32 pixels are more than 10 × 6");
    }
}
