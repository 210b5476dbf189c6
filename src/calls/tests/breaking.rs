//! Lines that break, and what goes when.

use super::*;

#[test]
fn a_line_that_breaks_has_fifteen_seconds_and_a_reload_is_nothing() {
    let office = Office::usual();
    let id = office.talking();
    office.line(id, None, Line::Broken);
    assert_eq!(office.leg(id, None).state, LegState::Interrupted);
    office.waits(14 * SECOND);
    office.line(id, None, Line::Open);
    office.waits(60 * SECOND);
    assert_eq!(office.call(id).state, State::Active);
    office.line(id, None, Line::Broken);
    office.waits(15 * SECOND);
    assert_eq!(office.ended(id), Some(Reason::Lost));
    office.line(id, None, Line::Open);
    assert_eq!(office.ended(id), Some(Reason::Lost), "what is over is over");
}

#[test]
fn a_server_that_starts_again_ends_what_was_under_way() {
    let mut office = Office::usual();
    let talk = office.talking();
    (office.customer, office.conversation) = office.somebody_writes();
    let rings = office.ask_by(office.visitor()).unwrap().call.id;
    assert_eq!(office.does(Actor::System, lines::restarted).unwrap(), 2);
    assert_eq!((office.ended(talk), office.ended(rings)), (Some(Reason::Lost), Some(Reason::Lost)));
    assert_eq!(office.history(), [(Author::Customer(office.customer), Verb::CallMissed, None)]);
    assert_eq!(office.does(Actor::System, lines::restarted).unwrap(), 0);
}

#[test]
fn a_newer_screen_takes_the_place_and_a_voice_channel_has_none() {
    let office = Office::usual();
    let id = office.talking();
    let screen = |who: Actor, on| {
        office.does(who, move |tx, ctx| commands::show(tx, ctx, id, Show { screen: Some(on), ..Show::default() }))
    };
    screen(agent(LIN), true).unwrap();
    screen(office.visitor(), true).unwrap();
    assert!(!office.leg(id, Some(LIN)).screen && office.leg(id, None).screen);
    let before = office.call(id).position;
    screen(office.visitor(), true).unwrap();
    assert_eq!(office.call(id).position, before, "nothing new, nothing told");
    let voice =
        Office::new(CallSettings { enabled: true, visitors_may_ask: true, video: false, ..CallSettings::default() });
    assert_eq!(voice.start(LIN).unwrap_err().code, "call.not_allowed");
}

#[test]
fn calls_go_after_their_conversation() {
    let mut office = Office::usual();
    let id = office.talking();
    office.hangs_up(agent(LIN), id).unwrap();
    let of_first = office.conversation;
    (office.customer, office.conversation) = office.somebody_writes();
    let newest = office.talking();
    office.hangs_up(agent(LIN), newest).unwrap();
    let orphans = |office: &Office| office.db.read_blocking(|s| expiry::orphans(s, CallId(0), 10)).unwrap().0;
    assert!(orphans(&office).is_empty());
    office.does(agent(LIN), move |tx, ctx| conversations::commands::resolve(tx, ctx, of_first)).unwrap();
    let now = office.clock.now().plus(1);
    let aged = office
        .db
        .read_blocking(move |s| conversations::expiry::aged(s, conversations::expiry::BEGINNING, now, 10))
        .unwrap();
    office.does(Actor::System, move |tx, ctx| conversations::expiry::delete(tx, ctx, &aged)).unwrap();
    assert_eq!(orphans(&office), [id]);
    office.does(Actor::System, move |tx, ctx| expiry::delete(tx, ctx, &[id])).unwrap();
    let gone = office.db.read_blocking(move |s| store::find(s, id)).unwrap();
    assert!(gone.is_none());
    assert_eq!(office.leg(newest, Some(LIN)).id, LegId(3));
}
