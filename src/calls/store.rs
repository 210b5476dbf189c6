//! The tables `calls` and `call_legs`.

use super::model::{
    Answer, Call, Direction, Leg, LegState, Medium, Reason, Recording, RecordingState, Replaces, Role, State,
};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{CallId, ConversationId, CustomerId, Error, LegId, Millis, Result, UserId};
use crate::params;

const CALL: &str = "id, conversation_id, channel_id, customer_id, medium, direction, state, reason, created_at, \
                    answered_at, ended_at, widen_at, recording, recording_note, consent, consent_at, position, recording_by";
const LEG: &str = "id, user_id, role, state, accepted_at, due_at, replaces, muted, camera, screen";

fn broken() -> Error {
    Error::internal("a row of a call that no version wrote")
}

/// A word that the model knows.
fn word<T>(row: &Row<'_>, column: usize, parse: fn(&str) -> Option<T>) -> Result<T> {
    parse(&row.get::<String>(column)?).ok_or_else(broken)
}

fn call(row: &Row<'_>) -> Result<Call> {
    let reason: Option<String> = row.get(7)?;
    let reason = reason.map(|text| Reason::parse(&text).ok_or_else(broken)).transpose()?;
    let consent: Option<String> = row.get(14)?;
    let consent = consent.as_deref().and_then(Answer::parse).zip(row.get(15)?);
    Ok(Call {
        id: row.get(0)?,
        conversation: row.get(1)?,
        channel: row.get(2)?,
        customer: row.get(3)?,
        medium: word(row, 4, Medium::parse)?,
        direction: word(row, 5, Direction::parse)?,
        state: State::from_parts(&row.get::<String>(6)?, reason).ok_or_else(broken)?,
        created_at: row.get(8)?,
        answered_at: row.get(9)?,
        ended_at: row.get(10)?,
        widen_at: row.get(11)?,
        recording: Recording {
            state: word(row, 12, RecordingState::parse)?,
            note: row.get(13)?,
            by: row.get(17)?,
            consent,
        },
        position: row.get(16)?,
        legs: Vec::new(),
    })
}

fn leg(row: &Row<'_>) -> Result<Leg> {
    let replaces: Option<i64> = row.get(6)?;
    Ok(Leg {
        id: row.get(0)?,
        user: row.get(1)?,
        role: word(row, 2, Role::parse)?,
        state: word(row, 3, LegState::parse)?,
        accepted_at: row.get(4)?,
        due_at: row.get(5)?,
        replaces: replaces.map(|leg| if leg == 0 { Replaces::All } else { Replaces::One(LegId(leg)) }),
        muted: row.get(7)?,
        camera: row.get(8)?,
        screen: row.get(9)?,
    })
}

fn with_legs(snapshot: &Snapshot<'_>, mut call: Call) -> Result<Call> {
    let sql = format!("SELECT {LEG} FROM call_legs WHERE call_id = ?1 ORDER BY id");
    call.legs = snapshot.list(&sql, params![call.id], leg)?;
    Ok(call)
}

fn all_with_legs(snapshot: &Snapshot<'_>, calls: Vec<Call>) -> Result<Vec<Call>> {
    calls.into_iter().map(|call| with_legs(snapshot, call)).collect()
}

pub fn find(snapshot: &Snapshot<'_>, id: CallId) -> Result<Option<Call>> {
    let found = snapshot.find(&format!("SELECT {CALL} FROM calls WHERE id = ?1"), params![id], call)?;
    found.map(|call| with_legs(snapshot, call)).transpose()
}

/// The newest ones of a conversation, newest first.
pub fn list_of_conversation(snapshot: &Snapshot<'_>, id: ConversationId, limit: usize) -> Result<Vec<Call>> {
    let sql = format!("SELECT {CALL} FROM calls WHERE conversation_id = ?1 ORDER BY id DESC LIMIT ?2");
    let calls = snapshot.list(&sql, params![id, limit as i64], call)?;
    all_with_legs(snapshot, calls)
}

/// A customer's calls that changed after a position.
pub fn list_changed(snapshot: &Snapshot<'_>, customer: CustomerId, after: i64, limit: usize) -> Result<Vec<Call>> {
    let sql =
        format!("SELECT {CALL} FROM calls WHERE customer_id = ?1 AND position > ?2 ORDER BY position DESC LIMIT ?3");
    let calls = snapshot.list(&sql, params![customer, after, limit as i64], call)?;
    all_with_legs(snapshot, calls)
}

/// The one that a customer is in, or that rings at them.
pub fn find_live_of_customer(snapshot: &Snapshot<'_>, customer: CustomerId) -> Result<Option<Call>> {
    let sql = format!("SELECT {CALL} FROM calls WHERE customer_id = ?1 AND state <> 'ended' ORDER BY id DESC LIMIT 1");
    let found = snapshot.find(&sql, params![customer], call)?;
    found.map(|call| with_legs(snapshot, call)).transpose()
}

/// The calls that a person is in, then those that ring at them.
pub fn list_live_of_user(snapshot: &Snapshot<'_>, user: UserId) -> Result<Vec<CallId>> {
    snapshot.list(
        "SELECT call_id FROM call_legs WHERE user_id = ?1 AND state IN ('ringing', 'accepted', 'joined', 'interrupted')
         ORDER BY CASE state WHEN 'ringing' THEN 1 ELSE 0 END, id",
        params![user],
        |row| row.get(0),
    )
}

/// Whether a person is in a call other than `but`.
pub fn is_engaged(snapshot: &Snapshot<'_>, user: UserId, but: Option<CallId>) -> Result<bool> {
    let found = snapshot.find(
        "SELECT 1 FROM call_legs WHERE user_id = ?1 AND state IN ('accepted', 'joined', 'interrupted')
           AND call_id <> ?2 LIMIT 1",
        params![user, but.map_or(0, |call| call.0)],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub fn has_live(snapshot: &Snapshot<'_>, conversation: ConversationId) -> Result<bool> {
    let sql = "SELECT 1 FROM calls WHERE conversation_id = ?1 AND state <> 'ended'";
    Ok(snapshot.find(sql, params![conversation], |_| Ok(()))?.is_some())
}

/// Those that are not over.
pub fn list_live(snapshot: &Snapshot<'_>) -> Result<Vec<CallId>> {
    snapshot.list("SELECT id FROM calls WHERE state <> 'ended' ORDER BY id", &[], |row| row.get(0))
}

pub fn count_live(snapshot: &Snapshot<'_>) -> Result<i64> {
    snapshot.get("SELECT COUNT(*) FROM calls WHERE state <> 'ended'", &[], |row| row.get(0))
}

/// Legs whose state has lasted too long, with their calls.
pub fn list_due(snapshot: &Snapshot<'_>, now: Millis, limit: usize) -> Result<Vec<(CallId, LegId)>> {
    snapshot.list(
        "SELECT call_id, id FROM call_legs WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2",
        params![now, limit as i64],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Calls that are to ring at others too.
pub fn list_to_widen(snapshot: &Snapshot<'_>, now: Millis) -> Result<Vec<CallId>> {
    let sql = "SELECT id FROM calls WHERE state = 'ringing' AND widen_at <= ?1 ORDER BY id";
    snapshot.list(sql, params![now], |row| row.get(0))
}

/// Without legs.
pub fn insert(tx: &mut Tx<'_>, new: &Call) -> Result<CallId> {
    tx.returning(
        "INSERT INTO calls (conversation_id, channel_id, customer_id, medium, direction, state, created_at, widen_at,
                            recording, recording_note, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10) RETURNING id",
        params![
            new.conversation,
            new.channel,
            new.customer,
            new.medium.as_str(),
            new.direction.as_str(),
            new.state.as_str(),
            new.created_at,
            new.widen_at,
            new.recording.state.as_str(),
            new.position
        ],
        |row| row.get(0),
    )
}

pub fn insert_leg(tx: &mut Tx<'_>, call: CallId, new: &Leg) -> Result<LegId> {
    tx.returning(
        "INSERT INTO call_legs (call_id, user_id, role, state, accepted_at, due_at, replaces, muted, camera, screen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
        params![
            call,
            new.user,
            new.role.as_str(),
            new.state.as_str(),
            new.accepted_at,
            new.due_at,
            replaced(new),
            new.muted,
            new.camera,
            new.screen
        ],
        |row| row.get(0),
    )
}

fn replaced(leg: &Leg) -> Option<i64> {
    leg.replaces.map(|replaces| match replaces {
        Replaces::One(leg) => leg.0,
        Replaces::All => 0,
    })
}

/// The call with all its legs.
pub fn update(tx: &mut Tx<'_>, call: &Call) -> Result<()> {
    let (consent, consent_at) = call.recording.consent.unzip();
    tx.execute(
        "UPDATE calls SET state = ?2, reason = ?3, answered_at = ?4, ended_at = ?5, widen_at = ?6, recording = ?7,
           recording_note = ?8, consent = ?9, consent_at = ?10, position = ?11, recording_by = ?12
         WHERE id = ?1",
        params![
            call.id,
            call.state.as_str(),
            call.state.reason().map(Reason::as_str),
            call.answered_at,
            call.ended_at,
            call.widen_at,
            call.recording.state.as_str(),
            call.recording.note,
            consent.map(Answer::as_str),
            consent_at,
            call.position,
            call.recording.by
        ],
    )?;
    for leg in &call.legs {
        update_leg(tx, leg)?;
    }
    Ok(())
}

fn update_leg(tx: &mut Tx<'_>, leg: &Leg) -> Result<()> {
    tx.execute(
        "UPDATE call_legs SET role = ?2, state = ?3, accepted_at = ?4, due_at = ?5, replaces = ?6, muted = ?7,
           camera = ?8, screen = ?9 WHERE id = ?1",
        params![
            leg.id,
            leg.role.as_str(),
            leg.state.as_str(),
            leg.accepted_at,
            leg.due_at,
            replaced(leg),
            leg.muted,
            leg.camera,
            leg.screen
        ],
    )?;
    Ok(())
}

/// The next ones that are over, with their conversations.
pub fn list_ended_after(snapshot: &Snapshot<'_>, after: CallId, limit: usize) -> Result<Vec<(CallId, ConversationId)>> {
    snapshot.list(
        "SELECT id, conversation_id FROM calls WHERE id > ?1 AND state = 'ended' ORDER BY id LIMIT ?2",
        params![after, limit as i64],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// All of it, but that the newest row of each table stays: its number would be given again.
pub fn delete(tx: &mut Tx<'_>, id: CallId) -> Result<()> {
    tx.execute("DELETE FROM call_legs WHERE call_id = ?1 AND id < (SELECT MAX(id) FROM call_legs)", params![id])?;
    tx.execute("DELETE FROM calls WHERE id = ?1 AND id < (SELECT MAX(id) FROM calls)", params![id])?;
    Ok(())
}
