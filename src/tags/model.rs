//! What a tag is.

use crate::kernel::{Error, Millis, Result, TagId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    pub id: TagId,
    pub name: String,
    pub colour: Colour,
    pub created_at: Millis,
    pub deleted_at: Option<Millis>,
    pub position: i64,
}

/// By name: the console has a light and a dark shade of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    Grey,
    Red,
    Orange,
    Green,
    Blue,
    Violet,
}

impl Colour {
    const ALL: [Colour; 6] = [Colour::Grey, Colour::Red, Colour::Orange, Colour::Green, Colour::Blue, Colour::Violet];

    pub fn as_str(self) -> &'static str {
        match self {
            Colour::Grey => "grey",
            Colour::Red => "red",
            Colour::Orange => "orange",
            Colour::Green => "green",
            Colour::Blue => "blue",
            Colour::Violet => "violet",
        }
    }

    pub fn parse(text: &str) -> Option<Colour> {
        Colour::ALL.into_iter().find(|colour| colour.as_str() == text)
    }
}

/// Not deleted ones: they are all sent to every console.
pub const COUNT_MAX: i64 = 500;

const NAME_CHARS_MAX: usize = 40;

/// As it is stored: one space between words, none around them.
pub fn tidy(name: &str) -> Result<String> {
    let tidy: Vec<&str> = name.split_whitespace().collect();
    let tidy = tidy.join(" ");
    match tidy.chars().count() {
        0 => Err(Error::invalid("name", "required")),
        n if n > NAME_CHARS_MAX => Err(Error::invalid("name", "too_long")),
        _ if tidy.chars().any(char::is_control) => Err(Error::invalid("name", "invalid")),
        _ => Ok(tidy),
    }
}

/// Two spellings of one word.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}
