//! What happens to the organisation and its people.

use super::{Organisation, User};
use crate::kernel::{Event, UserId};

pub const ORGANISATION_UPDATED: &str = "organisation.updated";
pub const USER_UPDATED: &str = "user.updated";
pub const ACCESS_CHANGED: &str = "user.access_changed";
pub const SESSIONS_ENDED: &str = "session.ended";

pub struct OrganisationUpdated {
    pub organisation: Organisation,
}

impl Event for OrganisationUpdated {
    fn kind(&self) -> &'static str {
        ORGANISATION_UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (1, 0)
    }
}

/// Made or changed.
pub struct UserUpdated {
    pub user: User,
}

impl Event for UserUpdated {
    fn kind(&self) -> &'static str {
        USER_UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.user.id.0, 0)
    }
}

/// Another role: this person may see more or less than before.
pub struct UserAccessChanged {
    pub user: UserId,
}

impl Event for UserAccessChanged {
    fn kind(&self) -> &'static str {
        ACCESS_CHANGED
    }
    fn subject(&self) -> (i64, i64) {
        (self.user.0, 0)
    }
}

/// Sessions of a person ended: all but `keep`, or only `only`. Hashes, as the store has them.
pub struct SessionsEnded {
    pub user: UserId,
    pub keep: Option<[u8; 32]>,
    pub only: Option<[u8; 32]>,
}

impl Event for SessionsEnded {
    fn kind(&self) -> &'static str {
        SESSIONS_ENDED
    }
    fn subject(&self) -> (i64, i64) {
        (self.user.0, 0)
    }
}
