//! Who acts.

use super::{ChannelId, CustomerId, UserId};

/// What a person of the organisation may do, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Serves customers of the channels they are a member of.
    Agent,
    /// Sees every channel and moves conversations between people.
    Supervisor,
    /// Also manages people, channels and the organisation.
    Administrator,
    /// Also manages owners. The last one cannot be removed.
    Owner,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Agent, Role::Supervisor, Role::Administrator, Role::Owner];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Supervisor => "supervisor",
            Role::Administrator => "administrator",
            Role::Owner => "owner",
        }
    }

    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// The authenticated origin of a command or a query.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Actor {
    User {
        id: UserId,
        role: Role,
    },
    Visitor {
        customer: CustomerId,
        channel: ChannelId,
    },
    /// The program itself or its operator at the command line.
    System,
}
