//! What a command knows about its caller and its moment.

use super::{Actor, Error, Millis, Result, Role, UserId};

/// Handed to every command and query: who acts, and when. Domains take time from here and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    pub actor: Actor,
    pub now: Millis,
}

impl Ctx {
    pub fn new(actor: Actor, now: Millis) -> Self {
        Ctx { actor, now }
    }

    pub fn system(now: Millis) -> Self {
        Ctx { actor: Actor::System, now }
    }

    /// The acting person, if their role is at least `least`. A visitor is told that the thing does not exist.
    pub fn require(&self, least: Role) -> Result<UserId> {
        match self.actor {
            Actor::User { id, role } if role >= least => Ok(id),
            Actor::User { .. } => Err(Error::role_insufficient(least)),
            Actor::Visitor { .. } | Actor::System => Err(Error::not_found()),
        }
    }
}
