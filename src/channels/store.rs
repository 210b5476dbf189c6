//! The tables `channels` and `channel_members`.

use super::{Channel, ChannelSettings};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ChannelId, Error, Millis, Result, UserId};
use crate::params;

const COLUMNS: &str = "id, key, name, active, everyone, settings, created_at, position";

fn channel(row: &Row<'_>) -> Result<Channel> {
    let settings: String = row.get(5)?;
    Ok(Channel {
        id: row.get(0)?,
        key: row.get(1)?,
        name: row.get(2)?,
        active: row.get(3)?,
        everyone: row.get(4)?,
        members: Vec::new(),
        settings: serde_json::from_str(&settings).map_err(|e| Error::internal(format!("channel settings: {e}")))?,
        created_at: row.get(6)?,
        position: row.get(7)?,
    })
}

fn with_members(snapshot: &Snapshot<'_>, mut channel: Channel) -> Result<Channel> {
    channel.members = snapshot.list(
        "SELECT user_id FROM channel_members WHERE channel_id = ?1 ORDER BY user_id",
        params![channel.id],
        |row| row.get(0),
    )?;
    Ok(channel)
}

pub fn find(snapshot: &Snapshot<'_>, id: ChannelId) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = ?1");
    snapshot.find(&sql, params![id], channel)?.map(|channel| with_members(snapshot, channel)).transpose()
}

pub fn find_by_key(snapshot: &Snapshot<'_>, key: &str) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE key = ?1");
    snapshot.find(&sql, params![key], channel)?.map(|channel| with_members(snapshot, channel)).transpose()
}

pub fn list(snapshot: &Snapshot<'_>) -> Result<Vec<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels ORDER BY id");
    let channels = snapshot.list(&sql, &[], channel)?;
    channels.into_iter().map(|channel| with_members(snapshot, channel)).collect()
}

/// Channels that a person without the right to all may see.
pub fn list_ids_of_member(snapshot: &Snapshot<'_>, user: UserId) -> Result<Vec<ChannelId>> {
    snapshot.list(
        "SELECT id FROM channels WHERE everyone = 1
         UNION SELECT channel_id FROM channel_members WHERE user_id = ?1",
        params![user],
        |row| row.get(0),
    )
}

pub fn is_member(snapshot: &Snapshot<'_>, id: ChannelId, user: UserId) -> Result<bool> {
    let found = snapshot.find(
        "SELECT 1 FROM channels WHERE id = ?1 AND (everyone = 1
           OR EXISTS (SELECT 1 FROM channel_members WHERE channel_id = ?1 AND user_id = ?2))",
        params![id, user],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub fn insert(tx: &mut Tx<'_>, key: &str, name: &str, now: Millis) -> Result<ChannelId> {
    let settings = document(&ChannelSettings::default())?;
    tx.returning(
        "INSERT INTO channels (key, kind, name, active, everyone, settings, created_at, position)
         VALUES (?1, 'web', ?2, 1, 1, ?3, ?4, ?5) RETURNING id",
        params![key, name, settings, now, tx.next_position()],
        |row| row.get(0),
    )
}

pub fn update(tx: &mut Tx<'_>, channel: &Channel) -> Result<()> {
    let settings = document(&channel.settings)?;
    tx.execute(
        "UPDATE channels SET name = ?2, active = ?3, everyone = ?4, settings = ?5, position = ?6 WHERE id = ?1",
        params![channel.id, channel.name, channel.active, channel.everyone, settings, channel.position],
    )?;
    Ok(())
}

pub fn replace_members(tx: &mut Tx<'_>, id: ChannelId, members: &[UserId]) -> Result<()> {
    tx.execute("DELETE FROM channel_members WHERE channel_id = ?1", params![id])?;
    for user in members {
        tx.execute("INSERT INTO channel_members (channel_id, user_id) VALUES (?1, ?2)", params![id, user])?;
    }
    Ok(())
}

fn document(settings: &ChannelSettings) -> Result<String> {
    serde_json::to_string(settings).map_err(Error::internal)
}
