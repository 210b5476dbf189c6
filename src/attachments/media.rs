//! What a file is. Its first bytes decide; what the sender says counts only for plain text, which has no mark of its own.

/// Bytes from the beginning that the decision needs.
pub const HEAD_BYTES: usize = 8_192;

/// Anything a browser could run as a page, and anything unknown.
const OPAQUE: &str = "application/octet-stream";
/// Told apart by nothing but the sender's word, and harmless if it is wrong.
const DECLARABLE: [&str; 6] =
    ["text/plain", "text/csv", "text/markdown", "text/calendar", "text/vcard", "application/json"];

/// The picture formats that every browser shows and that we can draw anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Raster {
    Png,
    Jpeg,
    Gif,
    WebP,
}

impl Raster {
    const ALL: [Raster; 4] = [Raster::Png, Raster::Jpeg, Raster::Gif, Raster::WebP];

    pub fn media_type(self) -> &'static str {
        match self {
            Raster::Png => "image/png",
            Raster::Jpeg => "image/jpeg",
            Raster::Gif => "image/gif",
            Raster::WebP => "image/webp",
        }
    }

    pub fn ending(self) -> &'static str {
        match self {
            Raster::Png => "png",
            Raster::Jpeg => "jpg",
            Raster::Gif => "gif",
            Raster::WebP => "webp",
        }
    }

    pub fn of(media_type: &str) -> Option<Raster> {
        Raster::ALL.into_iter().find(|raster| raster.media_type() == media_type)
    }
}

pub fn media_type(head: &[u8], declared: Option<&str>) -> &'static str {
    match infer::get(head).map(|kind| kind.mime_type()) {
        // Pages and scripts: infer calls them text/html, text/xml and the like.
        Some(found) if found.starts_with("text/") => OPAQUE,
        Some(found) => found,
        None => declared.and_then(declarable).unwrap_or(OPAQUE),
    }
}

fn declarable(declared: &str) -> Option<&'static str> {
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    DECLARABLE.into_iter().find(|media_type| *media_type == essence)
}

/// Whether a browser may show it in place. `drawn`: it is a picture that we drew.
pub fn is_inline(media_type: &str, drawn: bool) -> bool {
    let plays = media_type.starts_with("audio/") || media_type.starts_with("video/");
    plays || (drawn && Raster::of(media_type).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_beat_what_the_sender_says() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\nrest", Some("text/html")), "image/png");
        assert_eq!(media_type(b"%PDF-1.7", Some("image/png")), "application/pdf");
        assert_eq!(media_type(b"GIF89a<script>", None), "image/gif");
    }

    #[test]
    fn what_a_browser_could_run_is_opaque() {
        for (content, declared) in [
            ("<!DOCTYPE html><script>", "text/html"),
            ("<html><script>", "image/png"),
            ("<?xml version=\"1.0\"?><svg/>", "image/svg+xml"),
            ("<svg onload=alert(1)>", "image/svg+xml"),
            ("#!/bin/sh\nrm", "text/x-shellscript"),
            ("alert(1)", "text/javascript"),
            ("alert(1)", "TEXT/HTML; charset=utf-8"),
            ("anything", "image/png"),
            ("anything", "nonsense"),
        ] {
            assert_eq!(media_type(content.as_bytes(), Some(declared)), OPAQUE, "{content}");
        }
        assert_eq!(media_type(b"", None), OPAQUE);
    }

    #[test]
    fn plain_text_is_taken_at_its_word() {
        assert_eq!(media_type("你好".as_bytes(), Some("text/plain; charset=utf-8")), "text/plain");
        assert_eq!(media_type(b"a,b\n1,2", Some("Text/CSV")), "text/csv");
    }

    #[test]
    fn only_what_is_drawn_or_played_shows_in_place() {
        assert!(is_inline("image/png", true) && is_inline("video/mp4", false) && is_inline("audio/mpeg", false));
        for media_type in ["image/bmp", "image/svg+xml", "application/pdf", "text/plain", OPAQUE] {
            assert!(!is_inline(media_type, true), "{media_type}");
        }
        assert!(!is_inline("image/png", false), "one that could not be drawn anew");
    }
}
