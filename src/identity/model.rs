//! Who people are, what their roles may do to one another, and which words are acceptable.

use crate::kernel::{Error, FieldError, Millis, Result, Role, TokenId, UserId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    pub name: String,
    pub locale: String,
    pub time_zone: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub locale: String,
    /// Their own choice, whether or not they are connected.
    pub away: bool,
    /// Empty = none.
    pub avatar_key: String,
}

/// What other rooms show of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserSummary {
    pub id: UserId,
    pub name: String,
    pub avatar_url: Option<String>,
    pub active: bool,
    pub role: Role,
}

impl User {
    pub fn avatar_url(&self) -> Option<String> {
        (!self.avatar_key.is_empty()).then(|| format!("/avatars/{}", self.avatar_key))
    }

    pub fn summary(self) -> UserSummary {
        UserSummary {
            id: self.id,
            avatar_url: self.avatar_url(),
            name: self.name,
            active: self.active,
            role: self.role,
        }
    }

    pub fn is_active_owner(&self) -> bool {
        self.active && self.role == Role::Owner
    }
}

/// An API token's record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub created_at: Millis,
    pub last_used_at: Option<Millis>,
}

/// Administrators manage people; owners only by owners, made or changed.
pub fn may_manage(acting: Role, target: Role) -> bool {
    match acting {
        Role::Owner => true,
        Role::Administrator => target < Role::Owner,
        Role::Supervisor | Role::Agent => false,
    }
}

/// How long a session lives unused …
pub const SESSION_IDLE_MS: i64 = Millis::minutes(30);
/// … and at most.
pub const SESSION_MS: i64 = Millis::hours(12);
/// Being seen is written no more often.
pub const SEEN_MS: i64 = Millis::minutes(1);

pub fn session_is_alive(created_at: Millis, seen_at: Millis, now: Millis) -> bool {
    now.since(seen_at) < SESSION_IDLE_MS && now.since(created_at) < SESSION_MS
}

/// Collects everything that is wrong with an input, so that a form can show it at once.
#[derive(Default)]
pub struct Checks {
    wrong: Vec<FieldError>,
}

impl Checks {
    pub fn take<T: Default>(&mut self, field: &'static str, checked: Result<T, &'static str>) -> T {
        checked.unwrap_or_else(|code| {
            self.wrong.push(FieldError { field: field.into(), code });
            T::default()
        })
    }

    pub fn done(self) -> Result<()> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(self.wrong)) }
    }
}

const NAME_CHARS_MAX: usize = 80;
const EMAIL_BYTES_MAX: usize = 254;
const PASSWORD_CHARS_MIN: usize = 12;
const PASSWORD_CHARS_MAX: usize = 200;
/// Fewer different characters than that are one key held down.
const PASSWORD_CHARS_DIFFERENT: usize = 4;
/// The commonest long enough passwords of public leaks, lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// A name of a person, an organisation or a token.
pub fn check_name(name: &str) -> Result<String, &'static str> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err("required"),
        n if n > NAME_CHARS_MAX => Err("too_long"),
        _ if name.chars().any(char::is_control) => Err("invalid"),
        _ => Ok(name.to_owned()),
    }
}

/// Lower case. Whether it exists only a letter could tell.
pub fn check_email(email: &str) -> Result<String, &'static str> {
    let email = email.trim().to_lowercase();
    if email.is_empty() {
        return Err("required");
    }
    if email.len() > EMAIL_BYTES_MAX {
        return Err("too_long");
    }
    let odd =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\\');
    let good = email.split_once('@').is_some_and(|(local, domain)| {
        let parts_good =
            domain.split('.').all(|part| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-'));
        !local.is_empty() && local.len() <= 64 && !domain.contains('@') && parts_good
    });
    if good && !email.contains(odd) { Ok(email) } else { Err("invalid") }
}

/// `en`, `zh-CN`, `zh-Hant-HK`.
pub fn check_locale(locale: &str) -> Result<String, &'static str> {
    let mut parts = locale.split('-');
    let language =
        parts.next().is_some_and(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if language && rest && locale.len() <= 35 { Ok(locale.to_owned()) } else { Err("invalid") }
}

/// A name of the IANA's form, `Asia/Shanghai`; clients know which ones exist.
pub fn check_time_zone(zone: &str) -> Result<String, &'static str> {
    let form = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
    };
    if zone.len() <= 64 && zone.split('/').all(form) { Ok(zone.to_owned()) } else { Err("invalid") }
}

/// Long rather than strange. `known` are words that somebody who wants in would try first: the person's e-mail, name and
/// organisation.
pub fn check_password(password: &str, known: &[&str]) -> Result<(), &'static str> {
    match password.chars().count() {
        0 => return Err("required"),
        n if n < PASSWORD_CHARS_MIN => return Err("too_short"),
        n if n > PASSWORD_CHARS_MAX => return Err("too_long"),
        _ => {}
    }
    let lower = password.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    let is_known = known.iter().any(|word| word.trim().to_lowercase() == lower.trim());
    if is_known || different.len() < PASSWORD_CHARS_DIFFERENT || COMMON.lines().any(|common| common == lower) {
        return Err("invalid");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_manage_owners() {
        let managed = |acting| Role::ALL.into_iter().filter(|target| may_manage(acting, *target)).collect::<Vec<_>>();
        assert_eq!(managed(Role::Agent), []);
        assert_eq!(managed(Role::Supervisor), []);
        assert_eq!(managed(Role::Administrator), [Role::Agent, Role::Supervisor, Role::Administrator]);
        assert_eq!(managed(Role::Owner), Role::ALL);
    }

    #[test]
    fn a_session_ends_unused_or_old() {
        let (minute, hour) = (Millis::minutes(1), Millis::hours(1));
        let alive = |created: i64, seen: i64, now: i64| session_is_alive(Millis(created), Millis(seen), Millis(now));
        assert!(alive(0, 0, 29 * minute));
        assert!(!alive(0, 0, 30 * minute));
        assert!(alive(0, 12 * hour - minute, 12 * hour - 1));
        assert!(!alive(0, 12 * hour - minute, 12 * hour));
        // The clock was set back.
        assert!(alive(10 * hour, 10 * hour, 9 * hour));
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(check_name("  林 Lin "), Ok("林 Lin".into()));
        assert_eq!(check_name(&"林".repeat(80)), Ok("林".repeat(80)));
        assert_eq!(check_name(&"林".repeat(81)), Err("too_long"));
        assert_eq!(check_name(" \t"), Err("required"));
        assert_eq!(check_name("a\u{0}b"), Err("invalid"));
    }

    #[test]
    fn an_email_has_two_sides() {
        assert_eq!(check_email(" Lin@Shop.Example "), Ok("lin@shop.example".into()));
        assert_eq!(check_email("root@localhost"), Ok("root@localhost".into()));
        for bad in ["lin", "@x", "x@", "a@b@c", "a b@c.d", "a@b..c", "a@.b", "a@-b.c", "a@b.c\r\nBcc: d@e.f", "<a@b.c>"]
        {
            assert_eq!(check_email(bad), Err("invalid"), "{bad}");
        }
        assert_eq!(check_email(""), Err("required"));
        assert_eq!(check_email(&format!("a@{}", "b".repeat(254))), Err("too_long"));
    }

    #[test]
    fn locales_and_zones_have_their_form() {
        for good in ["en", "zh-CN", "zh-Hant-HK", "de-DE-1996"] {
            assert!(check_locale(good).is_ok(), "{good}");
        }
        for bad in ["", "e", "en_US", "en-", "-en", "en;", "en-toolongpart"] {
            assert!(check_locale(bad).is_err(), "{bad}");
        }
        for good in ["UTC", "Asia/Shanghai", "America/Argentina/Buenos_Aires", "Etc/GMT+8"] {
            assert!(check_time_zone(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "Asia/", "../etc/passwd", "Asia Shanghai"] {
            assert!(check_time_zone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_long_and_not_what_everybody_tries() {
        let known = ["lin.wu@shop.example", "Lin Wu-Zhang", "The Corner Shop"];
        let check = |password: &str| check_password(password, &known);
        assert_eq!(check("correct horse battery"), Ok(()));
        assert_eq!(check("客厅里有一只会说话的猫和狗"), Ok(()));
        assert_eq!(check(""), Err("required"));
        assert_eq!(check("short"), Err("too_short"));
        assert_eq!(check(&"long ago".repeat(26)), Err("too_long"));
        for bad in [
            "LIN.WU@shop.example",
            "lin wu-zhang",
            "the corner shop",
            "aaaaaaaaaaaaaaaa",
            "Password1234",
            "123456789012",
        ] {
            assert_eq!(check(bad), Err("invalid"), "{bad}");
        }
    }

    #[test]
    fn the_list_of_common_passwords_holds_only_what_would_pass_otherwise() {
        for line in COMMON.lines() {
            assert!(line.chars().count() >= PASSWORD_CHARS_MIN && line == line.to_lowercase(), "{line}");
        }
    }
}
