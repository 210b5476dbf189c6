//! Pictures of people: whatever comes is decoded and drawn anew, small and square. Nothing of the original file is kept.

use crate::kernel::{Error, ErrorKind, Result};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

pub const UPLOAD_BYTES_MAX: u64 = 5 << 20;
const SIDE: u32 = 256;
const JPEG_QUALITY: u8 = 88;
/// While decoding: four bytes for each allowed pixel, and some room.
const BYTES_PER_PIXEL: u64 = 5;

pub struct Drawn {
    pub media_type: &'static str,
    pub image: Vec<u8>,
}

/// Crops to the middle, the right way up. A photo becomes a JPEG; what can be seen through, WebP.
pub fn draw(bytes: &[u8], pixels_max: u64) -> Result<Drawn> {
    let picture = decode(bytes, pixels_max)?.resize_to_fill(SIDE, SIDE, FilterType::Triangle);
    let mut image = Vec::new();
    let (written, media_type) = if picture.color().has_alpha() {
        let written = picture.to_rgba8().write_to(&mut Cursor::new(&mut image), ImageFormat::WebP);
        (written, "image/webp")
    } else {
        let written = picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut image, JPEG_QUALITY));
        (written, "image/jpeg")
    };
    written.map_err(Error::internal)?;
    Ok(Drawn { media_type, image })
}

fn decode(bytes: &[u8], pixels_max: u64) -> Result<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(Error::internal)?;
    let known = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    if !reader.format().is_some_and(|format| known.contains(&format)) {
        return Err(unsupported());
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels_max.saturating_mul(BYTES_PER_PIXEL));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| refused(&e))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels_max {
        return Err(too_many_pixels());
    }
    let orientation = decoder.orientation().map_err(|e| refused(&e))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| refused(&e))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn refused(error: &ImageError) -> Error {
    match error {
        ImageError::Limits(_) => too_many_pixels(),
        _ => unsupported().because(error.to_string()),
    }
}

fn unsupported() -> Error {
    let detail = "This is not a PNG, JPEG, GIF or WebP image, or it is damaged.";
    Error::new(ErrorKind::Unsupported, "attachment.unsupported_image", detail)
}

fn too_many_pixels() -> Error {
    Error::too_large("request.too_large", "The image has too many pixels.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};

    const PIXELS: u64 = 40_000_000;

    fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn a_photo_is_cropped_to_its_middle() {
        let wide =
            RgbImage::from_fn(
                600,
                200,
                |x, _| if (200..400).contains(&x) { Rgb([0, 200, 0]) } else { Rgb([200, 0, 0]) },
            );
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let drawn = draw(&encode(wide.clone(), format), PIXELS).unwrap();
            let picture = image::load_from_memory(&drawn.image).unwrap().to_rgb8();
            assert_eq!(picture.dimensions(), (256, 256));
            for (x, y) in [(20, 20), (128, 128), (235, 235)] {
                let Rgb([red, green, _]) = *picture.get_pixel(x, y);
                assert!(green > 150 && red < 80, "{format:?} {red} {green}");
            }
        }
    }

    #[test]
    fn what_can_be_seen_through_stays_so() {
        let drawn =
            draw(&encode(RgbaImage::from_pixel(300, 300, Rgba([9, 9, 9, 0])), ImageFormat::Png), PIXELS).unwrap();
        assert_eq!(drawn.media_type, "image/webp");
        assert_eq!(image::load_from_memory(&drawn.image).unwrap().to_rgba8().get_pixel(5, 5).0[3], 0);
    }

    #[test]
    fn a_phone_held_upright_gives_an_upright_picture() {
        // Orientation 6: what is stored on the left belongs on top.
        let stored = RgbImage::from_fn(200, 200, |x, _| if x < 100 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) });
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        let exif = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0".as_slice(), &[0; 4]].concat();
        encoder.set_exif_metadata(exif).unwrap();
        stored.write_with_encoder(encoder).unwrap();
        let drawn = draw(&bytes, PIXELS).unwrap();
        let picture = image::load_from_memory(&drawn.image).unwrap().to_rgb8();
        assert!(picture.get_pixel(128, 30).0[0] > 150 && picture.get_pixel(128, 230).0[2] > 150);
        assert!(!drawn.image.windows(4).any(|four| four == b"Exif"));
    }

    #[test]
    fn bombs_and_scripts_are_refused() {
        let code = |bytes: &[u8], pixels| draw(bytes, pixels).err().map(|error| error.code);
        let picture = encode(RgbImage::new(100, 100), ImageFormat::Png);
        assert_eq!(code(&picture, 9_999), Some("request.too_large"));
        assert_eq!(code(&picture, 10_000), None);
        assert_eq!(code(b"<svg onload='alert(1)'/>", PIXELS), Some("attachment.unsupported_image"));
        assert_eq!(code(&picture[..60], PIXELS), Some("attachment.unsupported_image"));
        assert_eq!(code(b"", PIXELS), Some("attachment.unsupported_image"));
    }
}
