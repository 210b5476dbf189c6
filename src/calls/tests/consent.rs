//! What is recorded, and with whose word.

use super::*;

fn recorded(recording: RecordingPolicy, consent: Consent) -> Office {
    Office::new(CallSettings { enabled: true, recording, consent, ..CallSettings::default() })
}

impl Office {
    fn recording(&self, id: CallId) -> RecordingState {
        self.call(id).recording.state
    }

    fn consents(&self, id: CallId, agreed: bool) {
        self.does(self.visitor(), move |tx, ctx| recording::consent(tx, ctx, id, agreed)).unwrap();
    }

    fn records(&self, id: CallId, action: Action, reason: &'static str) -> Result<CallView> {
        self.does(agent(LIN), move |tx, ctx| recording::control(tx, ctx, id, action, reason))
    }
}

#[test]
fn recording_follows_the_policy_and_the_customer_s_word() {
    let office = recorded(RecordingPolicy::Always, Consent::Notice);
    let id = office.talking();
    assert_eq!(office.recording(id), RecordingState::On);
    let stop = move |tx: &mut Tx<'_>, ctx: &Ctx| recording::control(tx, ctx, id, Action::Stop, "");
    assert_eq!(office.refused(agent(LIN), stop), "call.not_allowed");
    assert_eq!(office.records(id, Action::Pause, " ").unwrap_err().code, "input.invalid", "a pause has a reason");
    office.records(id, Action::Pause, "the card's number").unwrap();
    assert_eq!(
        (office.recording(id), office.call(id).recording.note.as_str()),
        (RecordingState::Paused, "the card's number")
    );
    office.records(id, Action::Resume, "").unwrap();
    assert_eq!(office.recording(id), RecordingState::On);
    office.hangs_up(agent(LIN), id).unwrap();
    assert_eq!(office.recording(id), RecordingState::Off);

    let office = recorded(RecordingPolicy::Always, Consent::Ask);
    let id = office.talking();
    assert_eq!(office.recording(id), RecordingState::WaitingForConsent);
    office.clock.advance(SECOND);
    office.consents(id, true);
    assert_eq!(office.recording(id), RecordingState::On);
    assert_eq!(office.call(id).recording.consent.unwrap().1, office.clock.now());
    office.hangs_up(agent(LIN), id).unwrap();
    let id = office.talking();
    office.consents(id, false);
    assert_eq!(office.ended(id), Some(Reason::Declined));

    let office = recorded(RecordingPolicy::OnRequest, Consent::Ask);
    let id = office.talking();
    assert_eq!(office.recording(id), RecordingState::Off);
    office.records(id, Action::Start, "").unwrap();
    assert_eq!(office.recording(id), RecordingState::WaitingForConsent);
    office.consents(id, false);
    assert_eq!((office.recording(id), office.call(id).state), (RecordingState::Off, State::Active));
    office.records(id, Action::Start, "").unwrap();
    office.consents(id, true);
    assert_eq!(office.recording(id), RecordingState::On);
    office.records(id, Action::Stop, "").unwrap();
    office.records(id, Action::Start, "").unwrap();
    assert_eq!(office.recording(id), RecordingState::On, "agreed once is agreed");
}

#[test]
fn who_agrees_before_answering_is_recorded_from_the_first_word() {
    let office = recorded(RecordingPolicy::Always, Consent::Ask);
    let id = office.start(LIN).unwrap().call.id;
    office.consents(id, true);
    assert_eq!(office.recording(id), RecordingState::Off);
    office.accepts(office.visitor(), id).unwrap();
    office.line(id, Some(LIN), Line::Open);
    office.line(id, None, Line::Open);
    assert_eq!(office.recording(id), RecordingState::On);
}
