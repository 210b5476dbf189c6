//! More than two, and those whom the customer does not know of.

use super::*;

#[test]
fn a_colleague_is_invited_and_stays_when_the_first_leaves() {
    let office = Office::usual();
    let id = office.talking();
    office.invites(LIN, BEN, id, false).unwrap();
    assert_eq!(office.ringing(id), [BEN]);
    office.accepts(agent(BEN), id).unwrap();
    office.line(id, Some(BEN), Line::Open);
    office.hangs_up(agent(LIN), id).unwrap();
    assert_eq!((office.call(id).state, office.assignee()), (State::Active, Some(LIN)));
    office.hangs_up(agent(BEN), id).unwrap();
    assert_eq!(office.ended(id), Some(Reason::HungUp));
}

#[test]
fn an_invitation_that_nobody_takes_changes_nothing() {
    let office = Office::usual();
    let id = office.talking();
    office.invites(LIN, BEN, id, false).unwrap();
    office.waits(45 * SECOND);
    assert_eq!((office.ringing(id), office.call(id).state), (vec![], State::Active));
    office.invites(LIN, BEN, id, false).unwrap();
    office.declines(agent(BEN), id).unwrap();
    assert_eq!(office.call(id).state, State::Active);
    let invite = |user, is_online| {
        move |tx: &mut Tx<'_>, ctx: &Ctx| {
            let caps = Caps { participants_max: 2, ..CAPS };
            company::invite(tx, ctx, id, &Invite { user, is_online, is_transfer: false, caps })
        }
    };
    assert_eq!(office.refused(agent(BEN), invite(SUE, true)), "call.not_allowed");
    assert_eq!(office.refused(agent(LIN), invite(UserId(99), true)), "input.invalid");
    assert_eq!(office.refused(agent(LIN), invite(BEN, false)), "call.agent_offline");
    assert_eq!(office.refused(agent(LIN), invite(BEN, true)), "call.too_many");
}

#[test]
fn a_transfer_leaves_no_silence_in_between() {
    let office = Office::usual();
    let id = office.talking();
    office.invites(LIN, BEN, id, true).unwrap();
    office.accepts(agent(BEN), id).unwrap();
    assert_eq!(office.assignee(), Some(BEN));
    assert_eq!(office.leg(id, Some(LIN)).state, LegState::Joined, "until the other is heard");
    office.line(id, Some(BEN), Line::Open);
    assert_eq!(office.leg(id, Some(LIN)).state, LegState::Left);
    assert_eq!(office.call(id).state, State::Active);
}

#[test]
fn a_supervisor_listens_unseen_whispers_barges_and_takes_over() {
    let office = Office::usual();
    let id = office.talking();
    assert_eq!(
        office.refused(agent(BEN), move |tx, ctx| company::supervise(tx, ctx, id, Mode::Listen, &CAPS)),
        "role.insufficient"
    );
    office.told();
    for mode in [Mode::Listen, Mode::Whisper] {
        office.supervises(SUE, id, mode).unwrap();
        let told = office.told();
        assert_eq!(told.len(), 1);
        assert!(told[0].0.contains("Sue"), "agents know");
        assert_eq!(told[0].1, None, "the customer does not even hear that something changed");
    }
    office.line(id, Some(SUE), Line::Open);
    assert_eq!(office.told()[0].1, None);
    office.supervises(SUE, id, Mode::Barge).unwrap();
    assert!(office.told()[0].1.as_ref().unwrap().contains("Sue"));
    office.supervises(SUE, id, Mode::TakeOver).unwrap();
    assert_eq!((office.leg(id, Some(LIN)).state, office.assignee()), (LegState::Left, Some(SUE)));
    assert_eq!(office.call(id).state, State::Active);
    let listen = move |tx: &mut Tx<'_>, ctx: &Ctx| company::supervise(tx, ctx, id, Mode::Listen, &CAPS);
    assert_eq!(office.refused(agent(SUE), listen), "call.not_allowed", "nobody would talk to the customer");
    let told = office.told().concat_customer();
    assert!(!told.contains("usr_"), "a customer never reads whose number is whose: {told}");
}

trait ForCustomer {
    fn concat_customer(&self) -> String;
}

impl ForCustomer for Vec<(String, Option<String>)> {
    fn concat_customer(&self) -> String {
        self.iter().filter_map(|(_, customer)| customer.clone()).collect()
    }
}

#[test]
fn an_announced_listener_is_shown() {
    let settings = CallSettings { enabled: true, announce_listeners: true, ..CallSettings::default() };
    let office = Office::new(settings);
    let id = office.talking();
    office.told();
    office.supervises(SUE, id, Mode::Listen).unwrap();
    assert!(office.told()[0].1.as_ref().unwrap().contains("Sue"));
    office.supervises(SUE, id, Mode::Whisper).unwrap();
    assert!(!office.told()[0].1.as_ref().unwrap().contains("Sue"), "a whisper never");
}
