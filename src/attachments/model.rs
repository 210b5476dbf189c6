//! What is known of a file.

use crate::kernel::{Actor, AttachmentId, ConversationId, CustomerId, Error, Millis, Result, UserId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    pub id: AttachmentId,
    /// As the sender called it.
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    /// Width and height of a picture to show inline.
    pub pixels: Option<(i64, i64)>,
    pub owner: Owner,
    /// `None` until a message takes it.
    pub taken: Option<Taken>,
    pub created_at: Millis,
    /// Its name in the folder.
    pub(super) file: String,
}

/// Who sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    User(UserId),
    Customer(CustomerId),
}

impl Owner {
    pub fn acting(actor: Actor) -> Result<Owner> {
        match actor {
            Actor::User { id, .. } => Ok(Owner::User(id)),
            Actor::Visitor { customer, .. } => Ok(Owner::Customer(customer)),
            Actor::System => Err(Error::not_found()),
        }
    }
}

/// The message it came with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    pub conversation: ConversationId,
    pub seq: i64,
    /// With a note: not for customers.
    pub internal: bool,
}

/// A file that a row names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedFile {
    /// Its name in the folder.
    pub file: String,
    /// By a message. What nobody took may be gone.
    pub taken: bool,
}

/// A file that lies safely in the folder and has no row yet.
#[derive(Clone, Debug)]
pub(super) struct NewAttachment {
    pub file: String,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    pub pixels: Option<(i64, i64)>,
}

/// Bytes of a name; file systems that it may be saved on allow no more.
const NAME_BYTES_MAX: usize = 200;

/// The sender's name for a file without what could mislead: folders, control characters, turned reading direction.
pub(super) fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !c.is_control() && !turns_direction(*c)).collect();
    match clip(visible.trim()) {
        name if name.trim_matches('.').is_empty() => "file".to_owned(),
        name => name,
    }
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Shortens the front part, so that the ending stays.
fn clip(name: &str) -> String {
    if name.len() <= NAME_BYTES_MAX {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    };
    let stem_end = stem.floor_char_boundary(NAME_BYTES_MAX - ending.len());
    format!("{}{ending}", &stem[..stem_end])
}

/// The name with the ending that belongs to what the file has become.
pub(super) fn with_ending(name: &str, ending: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_words_and_lose_what_misleads() {
        assert_eq!(clean_name("发票 2026.pdf"), "发票 2026.pdf");
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("C:\\Users\\Lin\\a.txt"), "a.txt");
        assert_eq!(clean_name("a\r\nb\0.txt"), "ab.txt");
        assert_eq!(clean_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        for nameless in ["", " ", "..", ".", "x/", "\u{202e}"] {
            assert_eq!(clean_name(nameless), "file", "{nameless:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending_and_whole_characters() {
        let name = clean_name(&format!("{}.pdf", "退".repeat(500)));
        assert!(name.len() <= NAME_BYTES_MAX && name.starts_with("退退") && name.ends_with("退.pdf"), "{name}");
        assert!(clean_name(&"a.".repeat(500)).len() <= NAME_BYTES_MAX);
    }

    #[test]
    fn the_ending_follows_the_content() {
        assert_eq!(with_ending("photo.webp", "jpg"), "photo.jpg");
        assert_eq!(with_ending("photo", "jpg"), "photo.jpg");
    }
}
