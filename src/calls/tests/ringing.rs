//! Asking, answering, and who has it.

use super::*;

#[test]
fn an_agent_calls_and_the_customer_answers() {
    let office = Office::usual();
    let call = office.start(LIN).unwrap().call;
    assert_eq!((call.state, office.assignee()), (State::Ringing, Some(LIN)), "who calls takes on");
    office.accepts(office.visitor(), call.id).unwrap();
    assert_eq!(office.call(call.id).state, State::Connecting);
    office.line(call.id, None, Line::Open);
    assert_eq!(office.call(call.id).state, State::Connecting, "one line is no talk");
    office.line(call.id, Some(LIN), Line::Open);
    assert_eq!(office.call(call.id).state, State::Active);
    office.waits(3_600 * SECOND);
    assert_eq!(office.call(call.id).state, State::Active, "an hour is no matter");
    office.hangs_up(agent(LIN), call.id).unwrap();
    assert_eq!(office.ended(call.id), Some(Reason::HungUp));
    office.hangs_up(agent(LIN), call.id).unwrap();
    let lin = Author::Agent(LIN);
    assert_eq!(office.history(), [(lin, Verb::CallStarted, Some(LIN)), (lin, Verb::CallEnded, Some(LIN))]);
    assert!(office.call(call.id).legs.iter().all(|leg| leg.state == LegState::Left));
}

#[test]
fn it_rings_for_45_seconds_and_the_lines_have_30() {
    let office = Office::usual();
    let id = office.start(LIN).unwrap().call.id;
    office.waits(44 * SECOND);
    assert_eq!(office.call(id).state, State::Ringing);
    office.waits(SECOND);
    assert_eq!(office.ended(id), Some(Reason::Missed));
    assert_eq!(office.history(), [(Author::Agent(LIN), Verb::CallMissed, Some(LIN))]);
    assert_eq!(office.refused(office.visitor(), move |tx, ctx| commands::accept(tx, ctx, id, &[])), "call.over");

    let id = office.start(LIN).unwrap().call.id;
    office.line(id, Some(LIN), Line::Open);
    office.waits(40 * SECOND);
    office.accepts(office.visitor(), id).unwrap();
    office.waits(29 * SECOND);
    assert_eq!(office.call(id).state, State::Connecting);
    office.waits(SECOND);
    assert_eq!(office.ended(id), Some(Reason::Failed));
    assert_eq!(office.history().last().unwrap().1, Verb::CallEnded);
}

#[test]
fn the_customer_declines_and_the_agent_gives_up() {
    let office = Office::usual();
    let id = office.start(LIN).unwrap().call.id;
    office.declines(office.visitor(), id).unwrap();
    assert_eq!(office.ended(id), Some(Reason::Declined));
    let id = office.start(LIN).unwrap().call.id;
    assert_eq!(office.refused(office.visitor(), move |tx, ctx| commands::cancel(tx, ctx, id)), "call.not_allowed");
    office.does(agent(LIN), move |tx, ctx| commands::cancel(tx, ctx, id)).unwrap();
    assert_eq!(office.ended(id), Some(Reason::Cancelled));
    let verbs: Vec<Verb> = office.history().into_iter().map(|(_, verb, _)| verb).collect();
    assert_eq!(verbs, [Verb::CallDeclined, Verb::CallMissed]);
}

#[test]
fn a_customer_s_call_rings_at_all_and_the_first_has_it() {
    let office = Office::usual();
    let id = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(id), [LIN, BEN, SUE]);
    office.accepts(agent(BEN), id).unwrap();
    assert_eq!((office.ringing(id), office.assignee()), (vec![], Some(BEN)));
    assert_eq!(office.refused(agent(LIN), move |tx, ctx| commands::accept(tx, ctx, id, &[])), "call.taken");
    let again = office.accepts(agent(BEN), id).unwrap().call;
    assert_eq!(again.position, office.call(id).position, "the same word twice changes nothing");
    let shown = crate::calls::api::wire::CallDto::new(&again_view(&office, id), crate::calls::api::wire::Eyes::Agent);
    assert_eq!(shown.participants.len(), 2, "who only rang is left out");
}

fn again_view(office: &Office, id: CallId) -> CallView {
    let ctx = Ctx::new(agent(SUE), office.clock.now());
    office.db.read_blocking(move |snapshot| queries::get(snapshot, &ctx, id)).unwrap()
}

#[test]
fn it_rings_at_the_assignee_first_and_at_the_others_when_they_do_not_take_it() {
    let office = Office::usual();
    let talk = office.talking();
    office.hangs_up(agent(LIN), talk).unwrap();
    let id = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(id), [LIN]);
    office.waits(14 * SECOND);
    assert_eq!(office.ringing(id), [LIN]);
    office.waits(SECOND);
    assert_eq!(office.ringing(id), [LIN, BEN, SUE]);
    office.does(office.visitor(), move |tx, ctx| commands::cancel(tx, ctx, id)).unwrap();

    let id = office.ask_by(office.visitor()).unwrap().call.id;
    office.declines(agent(LIN), id).unwrap();
    assert_eq!(office.ringing(id), [BEN, SUE], "who declined is not asked again");
    office.declines(agent(BEN), id).unwrap();
    assert_eq!(office.call(id).state, State::Ringing);
    office.declines(agent(SUE), id).unwrap();
    assert_eq!(office.ended(id), Some(Reason::Declined));
}

#[test]
fn nobody_here_and_everybody_busy_are_said_and_nothing_is_left_behind() {
    let mut office = Office::usual();
    let elsewhere = office.talking();
    office.here.retain(|(user, _)| *user == LIN);
    office.clock.advance(60 * SECOND);
    office.here.clear();
    office.comes(LIN);
    let (other, conversation) = office.somebody_writes();
    let other = Actor::Visitor { customer: other, channel: office.channel };
    let ask = |online: Vec<UserId>| {
        move |tx: &mut Tx<'_>, ctx: &Ctx| {
            commands::ask(tx, ctx, &Ask { medium: Medium::Audio, online: online.clone(), caps: CAPS })
        }
    };
    assert_eq!(office.refused(other, ask(vec![LIN])), "call.everyone_busy");
    assert_eq!(office.refused(other, ask(vec![])), "call.nobody_here");
    let left = office.db.read_blocking(move |s| store::list_of_conversation(s, conversation, 10)).unwrap();
    assert!(left.is_empty());
    assert_eq!(office.call(elsewhere).state, State::Active);
}

#[test]
fn one_call_in_a_conversation_one_for_an_agent_and_so_many_in_all() {
    let mut office = Office::usual();
    office.talking();
    let conversation = office.conversation;
    let start = move |caps: Caps, conversation| {
        move |tx: &mut Tx<'_>, ctx: &Ctx| {
            commands::start(tx, ctx, &Start { conversation, medium: Medium::Audio, customer_is_online: true, caps })
        }
    };
    assert_eq!(office.refused(agent(BEN), start(CAPS, conversation)), "call.busy");
    let (customer, second) = office.somebody_writes();
    assert_eq!(office.refused(agent(LIN), start(CAPS, second)), "call.agent_busy");
    let one = Caps { calls_max: 1, ..CAPS };
    assert_eq!(office.refused(agent(BEN), start(one, second)), "call.full");
    (office.customer, office.conversation) = (customer, second);
    let id = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(id), [BEN, SUE], "Lin talks");
    assert_eq!(office.refused(agent(LIN), move |tx, ctx| commands::accept(tx, ctx, id, &[])), "call.agent_busy");
}

#[test]
fn whoever_takes_one_of_two_leaves_the_other_to_the_others_or_to_nobody() {
    let mut office = Office::usual();
    let first = office.ask_by(office.visitor()).unwrap().call.id;
    (office.customer, office.conversation) = office.somebody_writes();
    let second = office.ask_by(office.visitor()).unwrap().call.id;
    office.accepts(agent(LIN), first).unwrap();
    assert_eq!(office.ringing(second), [BEN, SUE]);
    office.declines(agent(SUE), second).unwrap();
    (office.customer, office.conversation) = office.somebody_writes();
    let third = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.ringing(third), [BEN, SUE]);
    office.accepts(agent(BEN), third).unwrap();
    assert_eq!(office.ended(second), Some(Reason::Busy));
}
