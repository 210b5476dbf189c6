//! What this domain brings to the program.

use super::api::wire::{OrganisationWire, UserWire, to_json};
use super::api::{avatars, me, organisation, people, session, tokens};
use super::events::{
    ACCESS_CHANGED, ORGANISATION_UPDATED, OrganisationUpdated, SESSIONS_ENDED, SessionsEnded, USER_UPDATED, UserUpdated,
};
use super::{Organisation, User, queries};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{Published, Result, UserId};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

/// Below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(session::sign_in).service(session::get_session).service(session::sign_out);
    config.service(organisation::get_organisation).service(organisation::update_organisation);
    config.service(me::update_me).service(me::change_password).service(me::set_avatar).service(me::delete_avatar);
    config.service(people::list_users).service(people::create_user).service(people::update_user);
    config.service(people::reset_password);
    config.service(tokens::list_tokens).service(tokens::create_token).service(tokens::delete_token);
}

/// Below `/`.
pub fn public_routes(config: &mut ServiceConfig<'_>) {
    config.service(avatars::get_avatar);
}

pub fn feeds() -> Vec<Feed> {
    vec![
        Feed { kind: ORGANISATION_UPDATED, live: organisation_live, replay: organisation_replay },
        Feed { kind: USER_UPDATED, live: user_live, replay: user_replay },
        Feed { kind: ACCESS_CHANGED, live: access_live, replay: access_replay },
        Feed { kind: SESSIONS_ENDED, live: sessions_live, replay: |_, _| Ok(Announcement::Nothing) },
    ]
}

fn organisation_live(published: &Published) -> Announcement {
    match published.get::<OrganisationUpdated>() {
        Some(event) => organisation(event.organisation.clone()).unwrap_or(Announcement::Nothing),
        None => Announcement::Nothing,
    }
}

fn organisation_replay(snapshot: &Snapshot<'_>, _: &RecordedEvent) -> Result<Announcement> {
    organisation(queries::get_organisation(snapshot)?)
}

fn organisation(organisation: Organisation) -> Result<Announcement> {
    let body = to_json(&json!({ "organisation": OrganisationWire::from(organisation) }))?;
    Ok(Announcement::to_agents(Audience::AllAgents, body))
}

fn user_live(published: &Published) -> Announcement {
    match published.get::<UserUpdated>() {
        Some(event) => user(event.user.clone()).unwrap_or(Announcement::Nothing),
        None => Announcement::Nothing,
    }
}

fn user_replay(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    user(queries::get_person(snapshot, UserId(event.subject.0))?)
}

fn user(user: User) -> Result<Announcement> {
    let body = to_json(&json!({ "user": UserWire::stored(user) }))?;
    Ok(Announcement::to_agents(Audience::AllAgents, body))
}

fn access_live(published: &Published) -> Announcement {
    Announcement::AccessChanged { user: Some(UserId(published.event.subject().0)) }
}

fn access_replay(_: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    Ok(Announcement::AccessChanged { user: Some(UserId(event.subject.0)) })
}

fn sessions_live(published: &Published) -> Announcement {
    match published.get::<SessionsEnded>() {
        Some(event) => Announcement::SignedOut { user: event.user, keep: event.keep, only: event.only },
        None => Announcement::Nothing,
    }
}
