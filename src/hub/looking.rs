//! Who has which conversation before them. In memory only, held by the sockets that said so.

use crate::kernel::{ChannelId, ConversationId, UserId};
use std::collections::{BTreeSet, HashMap};

/// A conversation and the channel whose agents may know of it.
pub(super) type Spot = (ConversationId, ChannelId);

struct Looker {
    /// Of its newest frame: looking up what one frame names must not undo a later one.
    ticket: u64,
    at: Option<(UserId, Spot)>,
}

/// By socket.
#[derive(Default)]
pub(super) struct Lookers {
    sockets: HashMap<u64, Looker>,
    tickets: u64,
}

impl Lookers {
    /// A frame of this socket came; what it means is not known yet.
    pub fn begin(&mut self, socket: u64) -> u64 {
        self.tickets += 1;
        let ticket = self.tickets;
        self.sockets.entry(socket).and_modify(|looker| looker.ticket = ticket).or_insert(Looker { ticket, at: None });
        ticket
    }

    /// The conversations that others should hear of now: where they were, where they are. None, if the socket has gone or said
    /// something newer.
    pub fn look(&mut self, socket: u64, ticket: u64, user: UserId, at: Option<Spot>) -> Vec<Spot> {
        let Some(looker) = self.sockets.get_mut(&socket).filter(|looker| looker.ticket == ticket) else {
            return Vec::new();
        };
        let before = std::mem::replace(&mut looker.at, at.map(|spot| (user, spot)));
        let before = before.map(|(_, spot)| spot).filter(|spot| Some(*spot) != at);
        before.into_iter().chain(at).collect()
    }

    pub fn left(&mut self, socket: u64) -> Option<Spot> {
        self.sockets.remove(&socket)?.at.map(|(_, spot)| spot)
    }

    pub fn at(&self, conversation: ConversationId) -> BTreeSet<UserId> {
        let all = self.sockets.values().filter_map(|looker| looker.at);
        all.filter(|(_, (id, _))| *id == conversation).map(|(user, _)| user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIN: UserId = UserId(1);
    const BEN: UserId = UserId(2);
    const A: Spot = (ConversationId(7), ChannelId(1));
    const B: Spot = (ConversationId(8), ChannelId(1));

    fn looks(lookers: &mut Lookers, socket: u64, user: UserId, at: Option<Spot>) -> Vec<Spot> {
        let ticket = lookers.begin(socket);
        lookers.look(socket, ticket, user, at)
    }

    #[test]
    fn two_tabs_are_one_person_who_is_here_until_the_last_one_leaves() {
        let mut lookers = Lookers::default();
        assert_eq!(looks(&mut lookers, 1, LIN, Some(A)), [A]);
        looks(&mut lookers, 2, LIN, Some(A));
        looks(&mut lookers, 3, BEN, Some(A));
        assert_eq!(lookers.at(A.0), BTreeSet::from([LIN, BEN]));
        assert_eq!(looks(&mut lookers, 1, LIN, Some(B)), [A, B], "both hear of a change");
        assert_eq!(lookers.left(2), Some(A));
        assert_eq!(lookers.at(A.0), BTreeSet::from([BEN]));
        assert_eq!(looks(&mut lookers, 3, BEN, None), [A]);
        assert!(lookers.at(A.0).is_empty());
    }

    #[test]
    fn what_was_looked_up_too_late_counts_no_more() {
        let mut lookers = Lookers::default();
        let slow = lookers.begin(1);
        assert_eq!(looks(&mut lookers, 1, LIN, Some(B)), [B]);
        assert!(lookers.look(1, slow, LIN, Some(A)).is_empty());
        let late = lookers.begin(1);
        lookers.left(1);
        assert!(lookers.look(1, late, LIN, Some(A)).is_empty());
        assert!(lookers.at(A.0).is_empty() && lookers.at(B.0).is_empty());
    }
}
