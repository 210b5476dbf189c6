//! What a saved view is.

use crate::conversations::filter::Filter;
use crate::kernel::{Error, Millis, Result, SavedViewId, UserId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedView {
    pub id: SavedViewId,
    /// `None`: everybody's.
    pub owner: Option<UserId>,
    pub name: String,
    pub filter: Filter,
    /// 1, 2, 3 … among those of its owner.
    pub place: i64,
    pub updated_at: Millis,
    pub position: i64,
}

/// Of one kind: shared, or of one person. Each is counted for everybody who sees it.
pub const COUNT_MAX: i64 = 20;

const NAME_CHARS_MAX: usize = 40;

pub fn tidy(name: &str) -> Result<String> {
    let tidy = name.trim();
    match tidy.chars().count() {
        0 => Err(Error::invalid("name", "required")),
        n if n > NAME_CHARS_MAX => Err(Error::invalid("name", "too_long")),
        _ if tidy.chars().any(char::is_control) => Err(Error::invalid("name", "invalid")),
        _ => Ok(tidy.to_owned()),
    }
}
