//! Who sees and hears whom, and in which place of their page.

use super::model::{Call, Leg, RecordingState, Role};
use super::recording;
use crate::channels::CallSettings;
use crate::kernel::LegId;

/// Places for people; the one after them is for a screen.
pub const PEOPLE: usize = 4;
pub const SCREEN: usize = PEOPLE;

/// Who is where on one page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seats {
    people: [Option<LegId>; PEOPLE],
    screen: Option<LegId>,
}

/// A place that is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seat {
    pub slot: usize,
    pub of: LegId,
    pub camera: bool,
    pub screen: bool,
    pub audio: bool,
}

impl Seats {
    /// As they are now: whoever is there already keeps their place, so that no picture jumps.
    pub fn seat(&mut self, call: &Call, settings: &CallSettings, viewer: &Leg) -> Vec<Seat> {
        let heard: Vec<&Leg> = call.legs.iter().filter(|other| hears(call, settings, viewer, other)).collect();
        for place in &mut self.people {
            *place = place.filter(|of| heard.iter().any(|leg| leg.id == *of));
        }
        for leg in &heard {
            if !self.people.contains(&Some(leg.id))
                && let Some(free) = self.people.iter_mut().find(|place| place.is_none())
            {
                *free = Some(leg.id);
            }
        }
        let shows = |leg: &&&Leg| settings.video && leg.screen && leg.role == Role::Talks;
        self.screen = heard.iter().find(shows).map(|leg| leg.id);
        self.taken(&heard, settings)
    }

    fn taken(&self, heard: &[&Leg], settings: &CallSettings) -> Vec<Seat> {
        let talks = |of: LegId| heard.iter().any(|leg| leg.id == of && leg.role == Role::Talks);
        let people = self.people.iter().enumerate().filter_map(|(slot, of)| {
            let of = (*of)?;
            Some(Seat { slot, of, camera: settings.video && talks(of), screen: false, audio: true })
        });
        let screen = self.screen.map(|of| Seat { slot: SCREEN, of, camera: false, screen: true, audio: false });
        people.chain(screen).collect()
    }
}

/// Whether `viewer` hears `other`. What they see of them follows from it.
fn hears(call: &Call, settings: &CallSettings, viewer: &Leg, other: &Leg) -> bool {
    if viewer.id == other.id || !other.is_joined() || !viewer.is_in() {
        return false;
    }
    let with_customer = viewer.user.is_none() || other.user.is_none();
    if with_customer && awaits_consent(call, settings) {
        return false;
    }
    match other.role {
        Role::Talks => true,
        Role::Listens => false,
        Role::Whispers => viewer.user.is_some(),
    }
}

/// Nothing passes to or from the customer before they have agreed to the recording that there will be.
fn awaits_consent(call: &Call, settings: &CallSettings) -> bool {
    call.recording.state == RecordingState::WaitingForConsent && recording::asks_first(settings)
}

#[cfg(test)]
mod tests {
    use super::super::model::*;
    use super::*;
    use crate::channels::{Consent, RecordingPolicy};
    use crate::kernel::{CallId, ChannelId, ConversationId, CustomerId, Millis, UserId};

    /// The customer is leg 1, agents are legs 2, 3 … in these roles.
    fn call(agents: &[Role]) -> Call {
        let joined = |id: i64, user| Leg { id: LegId(id), ..Leg::new(user, LegState::Joined, Medium::Video) };
        let mut legs = vec![joined(1, None)];
        for (n, role) in agents.iter().enumerate() {
            let id = n as i64 + 2;
            legs.push(Leg { role: *role, ..joined(id, Some(UserId(id))) });
        }
        Call {
            id: CallId(1),
            conversation: ConversationId(1),
            channel: ChannelId(1),
            customer: CustomerId(1),
            medium: Medium::Video,
            direction: Direction::Agent,
            state: State::Active,
            created_at: Millis(1),
            answered_at: Some(Millis(2)),
            ended_at: None,
            widen_at: None,
            recording: Recording { state: RecordingState::Off, note: String::new(), by: None, consent: None },
            position: 1,
            legs,
        }
    }

    fn video() -> CallSettings {
        CallSettings { enabled: true, ..CallSettings::default() }
    }

    /// Whom a leg hears, and whose camera it sees.
    fn of(call: &Call, settings: &CallSettings, viewer: i64) -> (Vec<i64>, Vec<i64>) {
        let viewer = call.leg(LegId(viewer)).unwrap();
        let seats = Seats::default().seat(call, settings, viewer);
        let ids = |which: fn(&&Seat) -> bool| seats.iter().filter(which).map(|seat| seat.of.0).collect();
        (ids(|seat| seat.audio), ids(|seat| seat.camera))
    }

    #[test]
    fn a_listener_is_nowhere_and_a_whisper_reaches_agents_alone() {
        let call = call(&[Role::Talks, Role::Listens, Role::Whispers]);
        let all = video();
        assert_eq!(of(&call, &all, 1), (vec![2], vec![2]), "the customer");
        assert_eq!(of(&call, &all, 2), (vec![1, 4], vec![1]), "the agent");
        assert_eq!(of(&call, &all, 3), (vec![1, 2, 4], vec![1, 2]), "the listener");
        assert_eq!(of(&call, &all, 4), (vec![1, 2], vec![1, 2]), "who whispers");
    }

    #[test]
    fn nothing_passes_to_or_from_the_customer_before_they_agree() {
        let mut call = call(&[Role::Talks, Role::Talks]);
        call.recording.state = RecordingState::WaitingForConsent;
        let asks = CallSettings { recording: RecordingPolicy::Always, consent: Consent::Ask, ..video() };
        assert_eq!(of(&call, &asks, 1).0, Vec::<i64>::new());
        assert_eq!(of(&call, &asks, 2).0, [3], "colleagues hear one another");
        let on_request = CallSettings { recording: RecordingPolicy::OnRequest, ..asks.clone() };
        assert_eq!(of(&call, &on_request, 1).0, [2, 3], "who is asked in the middle of a call goes on talking");
        call.recording.state = RecordingState::On;
        assert_eq!(of(&call, &asks, 1).0, [2, 3]);
    }

    #[test]
    fn a_channel_of_voices_shows_no_picture() {
        let mut call = call(&[Role::Talks]);
        call.legs[1].screen = true;
        let voice = CallSettings { video: false, ..video() };
        assert_eq!(of(&call, &voice, 1), (vec![2], vec![]));
        let seats = Seats::default().seat(&call, &voice, &call.legs[0]);
        assert!(seats.iter().all(|seat| seat.slot != SCREEN));
    }

    #[test]
    fn whoever_stays_keeps_their_place_and_the_screen_has_its_own() {
        let mut call = call(&[Role::Talks, Role::Talks, Role::Talks]);
        let (all, mut seats) = (video(), Seats::default());
        let viewer = call.legs[0].clone();
        let places = |seats: &[Seat]| seats.iter().map(|seat| (seat.slot, seat.of.0)).collect::<Vec<_>>();
        assert_eq!(places(&seats.seat(&call, &all, &viewer)), [(0, 2), (1, 3), (2, 4)]);
        call.legs[1].leave();
        call.legs[3].screen = true;
        assert_eq!(places(&seats.seat(&call, &all, &viewer)), [(1, 3), (2, 4), (SCREEN, 4)]);
        call.legs.push(Leg { id: LegId(9), ..call.legs[2].clone() });
        assert_eq!(places(&seats.seat(&call, &all, &viewer)), [(0, 9), (1, 3), (2, 4), (SCREEN, 4)]);
    }
}
