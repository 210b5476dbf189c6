//! The agents' sockets, found by what they may hear: an event costs those who hear it, however many others are here.

use super::Audience;
use super::queue::Sender;
use super::sockets::Visibility;
use crate::kernel::{ChannelId, UserId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

pub(super) struct AgentSocket {
    pub id: u64,
    pub user: UserId,
    /// Hash of the session or token that opened the socket.
    pub session: [u8; 32],
    pub sender: Sender,
}

type Group = Vec<Arc<AgentSocket>>;

#[derive(Default)]
pub(super) struct Agents {
    all: Group,
    of_user: HashMap<UserId, Group>,
    see_everything: Group,
    see_channel: HashMap<ChannelId, Group>,
}

impl Agents {
    pub fn add(&mut self, socket: AgentSocket, visibility: &Visibility) {
        let socket = Arc::new(socket);
        self.all.push(socket.clone());
        self.of_user.entry(socket.user).or_default().push(socket.clone());
        match visibility {
            Visibility::Everything => self.see_everything.push(socket),
            Visibility::Channels(channels) => {
                for channel in channels {
                    self.see_channel.entry(*channel).or_default().push(socket.clone());
                }
            }
        }
    }

    pub fn remove(&mut self, id: u64, user: UserId, visibility: &Visibility) {
        leave(&mut self.all, id);
        leave_in(&mut self.of_user, user, id);
        match visibility {
            Visibility::Everything => leave(&mut self.see_everything, id),
            Visibility::Channels(channels) => {
                channels.iter().for_each(|channel| leave_in(&mut self.see_channel, *channel, id));
            }
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &AgentSocket> {
        self.all.iter().map(Arc::as_ref)
    }

    /// The same as `Listener::hears` says of each.
    pub fn hearing(&self, audience: Audience) -> impl Iterator<Item = &AgentSocket> {
        let (some, more): (&[_], &[_]) = match audience {
            Audience::AllAgents => (&self.all, &[]),
            Audience::Channel(channel) => {
                (&self.see_everything, self.see_channel.get(&channel).map_or(&[], Vec::as_slice))
            }
            Audience::User(user) => (self.of_user.get(&user).map_or(&[], Vec::as_slice), &[]),
        };
        some.iter().chain(more).map(Arc::as_ref)
    }
}

fn leave(group: &mut Group, id: u64) {
    if let Some(at) = group.iter().position(|socket| socket.id == id) {
        group.swap_remove(at);
    }
}

fn leave_in<K: Eq + Hash>(groups: &mut HashMap<K, Group>, key: K, id: u64) {
    if let Entry::Occupied(mut group) = groups.entry(key) {
        leave(group.get_mut(), id);
        if group.get().is_empty() {
            group.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Listener;
    use crate::hub::queue::queue;
    use std::collections::BTreeSet;

    fn people() -> Vec<(u64, UserId, Visibility)> {
        let channels = |ids: &[i64]| Visibility::Channels(ids.iter().map(|id| ChannelId(*id)).collect());
        vec![
            (1, UserId(1), Visibility::Everything),
            (2, UserId(2), channels(&[1, 2])),
            (3, UserId(2), channels(&[1, 2])),
            (4, UserId(3), channels(&[2])),
            (5, UserId(4), channels(&[])),
            (6, UserId(5), Visibility::Everything),
        ]
    }

    fn agents(people: &[(u64, UserId, Visibility)]) -> Agents {
        let mut agents = Agents::default();
        for (id, user, visibility) in people {
            let (sender, _) = queue();
            agents.add(AgentSocket { id: *id, user: *user, session: [0; 32], sender }, visibility);
        }
        agents
    }

    fn assert_agrees(agents: &Agents, people: &[(u64, UserId, Visibility)]) {
        let audiences = [Audience::AllAgents].into_iter();
        let audiences = audiences.chain((1..4).map(|id| Audience::Channel(ChannelId(id))));
        for audience in audiences.chain((1..7).map(|id| Audience::User(UserId(id)))) {
            let wanted: Vec<u64> = people
                .iter()
                .filter(|(_, user, visibility)| {
                    let (user, visibility) = (*user, visibility.clone());
                    let listener = Listener::Agent { user, visibility, away: false, session: [0; 32] };
                    listener.hears(audience, Some(""), None).is_some()
                })
                .map(|(id, ..)| *id)
                .collect();
            let mut found: Vec<u64> = agents.hearing(audience).map(|socket| socket.id).collect();
            found.sort_unstable();
            assert_eq!(found, wanted, "{audience:?}");
        }
    }

    #[test]
    fn whoever_hears_is_found_and_nobody_else() {
        let people = people();
        assert_agrees(&agents(&people), &people);
    }

    #[test]
    fn who_left_is_found_nowhere() {
        let mut people = people();
        let mut agents = agents(&people);
        while let Some((id, user, visibility)) = people.pop() {
            agents.remove(id, user, &visibility);
            assert_agrees(&agents, &people);
            let left: BTreeSet<u64> = agents.all().map(|socket| socket.id).collect();
            assert_eq!(left.len(), people.len());
        }
        assert!(agents.of_user.is_empty() && agents.see_channel.is_empty(), "no room is kept for those who left");
    }
}
