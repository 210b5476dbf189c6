//! What travels: docs/protocol.md, "Objects".

use crate::hub::{Hub, Presence};
use crate::identity::model::Token;
use crate::identity::{Organisation, User};
use crate::kernel::{Error, Result, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Role)]
pub enum RoleWire {
    Agent,
    Supervisor,
    Administrator,
    Owner,
}

impl From<Role> for RoleWire {
    fn from(role: Role) -> Self {
        match role {
            Role::Agent => RoleWire::Agent,
            Role::Supervisor => RoleWire::Supervisor,
            Role::Administrator => RoleWire::Administrator,
            Role::Owner => RoleWire::Owner,
        }
    }
}

impl From<RoleWire> for Role {
    fn from(role: RoleWire) -> Self {
        match role {
            RoleWire::Agent => Role::Agent,
            RoleWire::Supervisor => Role::Supervisor,
            RoleWire::Administrator => Role::Administrator,
            RoleWire::Owner => Role::Owner,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    Online,
    Away,
}

impl Availability {
    pub fn of(away: bool) -> Self {
        if away { Availability::Away } else { Availability::Online }
    }
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Presence)]
pub enum PresenceWire {
    Online,
    Away,
    Offline,
}

impl From<Presence> for PresenceWire {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Online => PresenceWire::Online,
            Presence::Away => PresenceWire::Away,
            Presence::Offline => PresenceWire::Offline,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationWire {
    name: String,
    /// `zh-CN`
    locale: String,
    /// `Asia/Shanghai`
    time_zone: String,
}

impl From<Organisation> for OrganisationWire {
    fn from(organisation: Organisation) -> Self {
        let Organisation { name, locale, time_zone } = organisation;
        OrganisationWire { name, locale, time_zone }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Me {
    #[schema(example = "usr_1")]
    id: String,
    name: String,
    email: String,
    role: RoleWire,
    locale: String,
    availability: Availability,
    avatar_url: Option<String>,
    organisation: OrganisationWire,
}

impl Me {
    pub fn new(user: User, organisation: Organisation) -> Self {
        Me {
            id: user.id.to_string(),
            avatar_url: user.avatar_url(),
            name: user.name,
            email: user.email,
            role: user.role.into(),
            locale: user.locale,
            availability: Availability::of(user.away),
            organisation: organisation.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserWire {
    #[schema(example = "usr_1")]
    id: String,
    name: String,
    email: String,
    role: RoleWire,
    active: bool,
    avatar_url: Option<String>,
    /// Not in events: it is not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required, nullable = false)]
    presence: Option<PresenceWire>,
}

impl UserWire {
    pub fn new(user: User, hub: &Hub) -> Self {
        UserWire { presence: Some(hub.user_presence(user.id).into()), ..UserWire::stored(user) }
    }

    /// Without what is not stored.
    pub fn stored(user: User) -> Self {
        UserWire {
            id: user.id.to_string(),
            avatar_url: user.avatar_url(),
            name: user.name,
            email: user.email,
            role: user.role.into(),
            active: user.active,
            presence: None,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenWire {
    #[schema(example = "tok_1")]
    id: String,
    name: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl From<Token> for TokenWire {
    fn from(token: Token) -> Self {
        TokenWire {
            id: token.id.to_string(),
            name: token.name,
            created_at: token.created_at.0,
            last_used_at: token.last_used_at.map(|at| at.0),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct People {
    pub items: Vec<UserWire>,
}

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    pub items: Vec<TokenWire>,
}

/// The body of an event.
pub fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
