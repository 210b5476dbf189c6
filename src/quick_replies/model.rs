//! What a quick reply is, and which are possible.

use crate::kernel::{Error, FieldError, Millis, QuickReplyId, Result, UserId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuickReply {
    pub id: QuickReplyId,
    /// `None`: everybody's.
    pub owner: Option<UserId>,
    pub content: Content,
    pub used: i64,
    pub last_used_at: Option<Millis>,
    pub updated_at: Millis,
    pub deleted_at: Option<Millis>,
    pub position: i64,
}

/// What people write into it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Content {
    /// Names from the outermost to the innermost, with `/` between them; empty: none.
    pub folder: String,
    pub title: String,
    /// To find it by: one word; empty: none.
    pub shortcut: String,
    pub text: String,
}

/// Of one kind: shared, or of one person.
pub const COUNT_MAX: i64 = 2_000;
/// What is deleted can be brought back so long.
pub const KEPT_MS: i64 = 30 * 24 * 3_600_000;

const TITLE_CHARS_MAX: usize = 80;
const SHORTCUT_CHARS_MAX: usize = 40;
const FOLDER_CHARS_MAX: usize = 160;
const FOLDER_DEPTH_MAX: usize = 5;
/// As long as a message may be by default.
const TEXT_BYTES_MAX: usize = 16_384;

impl Content {
    /// As it is stored: blanks around names go, so that one folder has one spelling.
    pub fn tidy(&self) -> Result<Content> {
        let folder: Vec<&str> = self.folder.split('/').map(str::trim).filter(|name| !name.is_empty()).collect();
        let tidy = Content {
            folder: folder.join("/"),
            title: self.title.trim().to_owned(),
            shortcut: self.shortcut.trim().trim_start_matches('/').to_lowercase(),
            text: self.text.clone(),
        };
        let mut wrong = Vec::new();
        let mut check = |field: &'static str, code: Option<&'static str>| {
            wrong.extend(code.map(|code| FieldError { field: field.into(), code }));
        };
        check("title", line(&tidy.title, TITLE_CHARS_MAX, true));
        check("folder", line(&tidy.folder, FOLDER_CHARS_MAX, false));
        check("folder", (folder.len() > FOLDER_DEPTH_MAX).then_some("too_long"));
        check("shortcut", line(&tidy.shortcut, SHORTCUT_CHARS_MAX, false));
        check("shortcut", tidy.shortcut.contains(|c: char| c.is_whitespace() || c == '/').then_some("invalid"));
        check("text", text(&tidy.text));
        if wrong.is_empty() { Ok(tidy) } else { Err(Error::invalid_fields(wrong)) }
    }
}

fn line(text: &str, chars_max: usize, required: bool) -> Option<&'static str> {
    match text.chars().count() {
        0 if required => Some("required"),
        n if n > chars_max => Some("too_long"),
        _ if text.chars().any(char::is_control) => Some("invalid"),
        _ => None,
    }
}

fn text(text: &str) -> Option<&'static str> {
    match text.len() {
        _ if text.trim().is_empty() => Some("required"),
        n if n > TEXT_BYTES_MAX => Some("too_long"),
        _ if text.contains('\0') => Some("invalid"),
        _ => None,
    }
}
