//! The tables `organisation`, `users`, `sessions`, `api_tokens` and `avatars`.

use super::model::Token;
use super::{Organisation, User};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{Error, Millis, Result, Role, TokenId, UserId};
use crate::params;

// --- the organisation ---

pub fn find_organisation(snapshot: &Snapshot<'_>) -> Result<Option<Organisation>> {
    snapshot.find("SELECT name, locale, time_zone FROM organisation WHERE id = 1", params![], |row| {
        Ok(Organisation { name: row.get(0)?, locale: row.get(1)?, time_zone: row.get(2)? })
    })
}

pub fn insert_organisation(tx: &mut Tx<'_>, organisation: &Organisation, now: Millis) -> Result<bool> {
    let Organisation { name, locale, time_zone } = organisation;
    let position = tx.next_position();
    tx.insert_unique(
        "INSERT INTO organisation (id, name, locale, time_zone, created_at, position) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
        params![name, locale, time_zone, now, position],
    )
}

pub fn update_organisation(tx: &mut Tx<'_>, organisation: &Organisation) -> Result<()> {
    let Organisation { name, locale, time_zone } = organisation;
    let position = tx.next_position();
    let sql = "UPDATE organisation SET name = ?1, locale = ?2, time_zone = ?3, position = ?4 WHERE id = 1";
    tx.execute(sql, params![name, locale, time_zone, position]).map(drop)
}

// --- people ---

const USER: &str = "id, email, name, role, active, locale, availability, avatar_key";

fn user(row: &Row<'_>) -> Result<User> {
    let role: String = row.get(3)?;
    let availability: String = row.get(6)?;
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role: Role::parse(&role).ok_or_else(|| Error::internal(format!("a user's role \"{role}\"")))?,
        active: row.get(4)?,
        locale: row.get(5)?,
        away: availability == "away",
        avatar_key: row.get(7)?,
    })
}

pub fn find_user(snapshot: &Snapshot<'_>, id: UserId) -> Result<Option<User>> {
    snapshot.find(&format!("SELECT {USER} FROM users WHERE id = ?1"), params![id], user)
}

pub fn find_user_by_email(snapshot: &Snapshot<'_>, email: &str) -> Result<Option<User>> {
    snapshot.find(&format!("SELECT {USER} FROM users WHERE email = ?1"), params![email], user)
}

pub fn list_users(snapshot: &Snapshot<'_>) -> Result<Vec<User>> {
    snapshot.list(&format!("SELECT {USER} FROM users ORDER BY id"), params![], user)
}

pub fn count_active_owners(snapshot: &Snapshot<'_>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM users WHERE role = 'owner' AND active <> 0";
    snapshot.get(sql, params![], |row| row.get(0))
}

pub struct NewUser<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub locale: &'a str,
    pub password_hash: &'a str,
}

pub fn insert_user(tx: &mut Tx<'_>, new: &NewUser<'_>, now: Millis) -> Result<UserId> {
    let position = tx.next_position();
    tx.returning(
        "INSERT INTO users
           (email, name, role, password_hash, active, locale, availability, avatar_key, created_at, position)
         VALUES (?1, ?2, ?3, ?4, 1, ?5, 'online', '', ?6, ?7) RETURNING id",
        params![new.email, new.name, new.role.as_str(), new.password_hash, new.locale, now, position],
        |row| row.get(0),
    )
}

pub fn update_user(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    let position = tx.next_position();
    let availability = if user.away { "away" } else { "online" };
    tx.execute(
        "UPDATE users SET email = ?2, name = ?3, role = ?4, active = ?5, locale = ?6, availability = ?7,
           avatar_key = ?8, position = ?9 WHERE id = ?1",
        params![
            user.id,
            user.email,
            user.name,
            user.role.as_str(),
            user.active,
            user.locale,
            availability,
            user.avatar_key,
            position
        ],
    )
    .map(drop)
}

/// Nobody else sees it: no event, so the row's position stays.
pub fn update_availability(tx: &mut Tx<'_>, user: UserId, away: bool) -> Result<()> {
    let availability = if away { "away" } else { "online" };
    tx.execute("UPDATE users SET availability = ?2 WHERE id = ?1", params![user, availability]).map(drop)
}

pub fn get_password_hash(snapshot: &Snapshot<'_>, user: UserId) -> Result<String> {
    snapshot.get("SELECT password_hash FROM users WHERE id = ?1", params![user], |row| row.get(0))
}

pub fn update_password_hash(tx: &mut Tx<'_>, user: UserId, hash: &str) -> Result<()> {
    tx.execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", params![user, hash]).map(drop)
}

// --- sessions ---

pub struct Session {
    pub user: UserId,
    pub created_at: Millis,
    pub seen_at: Millis,
}

pub fn find_session(snapshot: &Snapshot<'_>, token_hash: &[u8; 32]) -> Result<Option<Session>> {
    let sql = "SELECT user_id, created_at, seen_at FROM sessions WHERE token_hash = ?1";
    snapshot.find(sql, params![token_hash], |row| {
        Ok(Session { user: row.get(0)?, created_at: row.get(1)?, seen_at: row.get(2)? })
    })
}

pub fn insert_session(tx: &mut Tx<'_>, token_hash: &[u8; 32], user: UserId, now: Millis) -> Result<()> {
    let sql = "INSERT INTO sessions (token_hash, user_id, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)";
    tx.execute(sql, params![token_hash, user, now]).map(drop)
}

pub fn update_session_seen(tx: &mut Tx<'_>, token_hash: &[u8; 32], now: Millis) -> Result<()> {
    tx.execute("UPDATE sessions SET seen_at = ?2 WHERE token_hash = ?1", params![token_hash, now]).map(drop)
}

pub fn delete_session(tx: &mut Tx<'_>, token_hash: &[u8; 32]) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE token_hash = ?1", params![token_hash]).map(drop)
}

pub fn delete_sessions_of(tx: &mut Tx<'_>, user: UserId, keep: Option<&[u8; 32]>) -> Result<()> {
    match keep {
        Some(keep) => tx.execute("DELETE FROM sessions WHERE user_id = ?1 AND token_hash <> ?2", params![user, keep]),
        None => tx.execute("DELETE FROM sessions WHERE user_id = ?1", params![user]),
    }
    .map(drop)
}

pub fn delete_sessions_before(tx: &mut Tx<'_>, created_at: Millis) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE created_at < ?1", params![created_at]).map(drop)
}

// --- API tokens ---

pub fn list_tokens(snapshot: &Snapshot<'_>, user: UserId) -> Result<Vec<Token>> {
    let sql = "SELECT id, name, created_at, last_used_at FROM api_tokens WHERE user_id = ?1 ORDER BY id";
    snapshot.list(sql, params![user], |row| {
        Ok(Token { id: row.get(0)?, name: row.get(1)?, created_at: row.get(2)?, last_used_at: row.get(3)? })
    })
}

pub fn count_tokens(snapshot: &Snapshot<'_>, user: UserId) -> Result<i64> {
    snapshot.get("SELECT COUNT(*) FROM api_tokens WHERE user_id = ?1", params![user], |row| row.get(0))
}

pub fn insert_token(tx: &mut Tx<'_>, user: UserId, name: &str, hash: &[u8; 32], now: Millis) -> Result<TokenId> {
    let sql = "INSERT INTO api_tokens (user_id, name, token_hash, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id";
    tx.returning(sql, params![user, name, hash, now], |row| row.get(0))
}

/// Its hash, if this person had it.
pub fn delete_token(tx: &mut Tx<'_>, id: TokenId, user: UserId) -> Result<Option<[u8; 32]>> {
    let sql = "DELETE FROM api_tokens WHERE id = ?1 AND user_id = ?2 RETURNING token_hash";
    tx.find(sql, params![id, user], |row| row.get(0))
}

pub fn delete_tokens_of(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM api_tokens WHERE user_id = ?1", params![user]).map(drop)
}

pub fn find_token(snapshot: &Snapshot<'_>, hash: &[u8; 32]) -> Result<Option<(UserId, Option<Millis>)>> {
    let sql = "SELECT user_id, last_used_at FROM api_tokens WHERE token_hash = ?1";
    snapshot.find(sql, params![hash], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn update_token_used(tx: &mut Tx<'_>, hash: &[u8; 32], now: Millis) -> Result<()> {
    tx.execute("UPDATE api_tokens SET last_used_at = ?2 WHERE token_hash = ?1", params![hash, now]).map(drop)
}

// --- avatars ---

pub fn find_avatar(snapshot: &Snapshot<'_>, key: &str) -> Result<Option<(String, Vec<u8>)>> {
    let sql = "SELECT media_type, image FROM avatars WHERE key = ?1";
    snapshot.find(sql, params![key], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn insert_avatar(tx: &mut Tx<'_>, key: &str, user: UserId, media_type: &str, image: &[u8]) -> Result<()> {
    let sql = "INSERT INTO avatars (key, user_id, media_type, image) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![key, user, media_type, image]).map(drop)
}

pub fn delete_avatars_of(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM avatars WHERE user_id = ?1", params![user]).map(drop)
}
