//! Making and changing channels: administrators.

use super::events::{ChannelAccessChanged, ChannelUpdated};
use super::model::{validate_name, validate_settings};
use super::{Channel, ChannelSettings, store};
use crate::db::Tx;
use crate::kernel::{Actor, ChannelId, Ctx, Error, Result, Role, UserId};

pub struct CreateChannel {
    pub name: String,
    /// From [`new_key`](super::new_key).
    pub key: String,
}

/// What is `None` stays.
#[derive(Default)]
pub struct UpdateChannel {
    pub name: Option<String>,
    pub active: Option<bool>,
    pub everyone: Option<bool>,
    pub members: Option<Vec<UserId>>,
    pub settings: Option<ChannelSettings>,
}

pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, command: &CreateChannel) -> Result<Channel> {
    authorise(ctx)?;
    validate_name(&command.name)?;
    let id = store::insert(tx, &command.key, command.name.trim(), ctx.now)?;
    let channel = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    tx.emit(ctx.now, ChannelUpdated { channel: channel.clone() })?;
    // Everybody is a member of a new channel: nobody may keep an older view.
    tx.emit(ctx.now, ChannelAccessChanged { channel: id })?;
    Ok(channel)
}

pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, id: ChannelId, command: &UpdateChannel) -> Result<Channel> {
    authorise(ctx)?;
    let mut channel = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    if let Some(name) = &command.name {
        validate_name(name)?;
        channel.name = name.trim().to_owned();
    }
    if let Some(settings) = &command.settings {
        validate_settings(settings)?;
        channel.settings = settings.clone();
    }
    channel.active = command.active.unwrap_or(channel.active);
    let access_before = (channel.everyone, channel.members.clone());
    channel.everyone = command.everyone.unwrap_or(channel.everyone);
    if let Some(members) = &command.members {
        channel.members = known_people(tx, members)?;
        store::replace_members(tx, id, &channel.members)?;
    }
    if access_before != (channel.everyone, channel.members.clone()) {
        // First: who was just removed must not hear what it looks like now.
        tx.emit(ctx.now, ChannelAccessChanged { channel: id })?;
    }
    channel.position = tx.next_position();
    store::update(tx, &channel)?;
    tx.emit(ctx.now, ChannelUpdated { channel: channel.clone() })?;
    Ok(channel)
}

/// The operator at the command line and the set-up act as the system.
fn authorise(ctx: &Ctx) -> Result<()> {
    match ctx.actor {
        Actor::System => Ok(()),
        _ => ctx.require(Role::Administrator).map(drop),
    }
}

fn known_people(tx: &Tx<'_>, members: &[UserId]) -> Result<Vec<UserId>> {
    let mut members = members.to_vec();
    members.sort_unstable();
    members.dedup();
    for user in &members {
        crate::identity::find_user(tx, *user)?.ok_or_else(|| Error::invalid("members", "unknown"))?;
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::super::events::{ACCESS_CHANGED, UPDATED};
    use super::*;
    use crate::db::{Db, Options};
    use crate::kernel::Millis;
    use crate::vault::{PageKey, random};

    #[test]
    fn who_is_removed_is_cut_off_before_the_new_settings_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new(random()));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        let ctx = Ctx::system(Millis(1));
        let (channel, before) = db
            .write_blocking(move |tx| {
                let channel = create(tx, &ctx, &CreateChannel { name: "Shop".into(), key: "wc_1".into() })?;
                Ok((channel, tx.position()?))
            })
            .unwrap();
        let changed = db
            .write_blocking(move |tx| {
                let name = Some("Board room".into());
                let change = UpdateChannel { name, everyone: Some(false), ..UpdateChannel::default() };
                update(tx, &ctx, channel.id, &change)
            })
            .unwrap();
        let events = db.read_blocking(move |snapshot| snapshot.events_after(before, 10)).unwrap();
        let told: Vec<_> = events.iter().map(|event| event.kind.clone()).collect();
        assert_eq!(told, [ACCESS_CHANGED, UPDATED]);
        assert_eq!(changed.position, events[1].position);
    }
}
