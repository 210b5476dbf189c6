//! Who may do what: every route × every role × their own, others' and never existing things.
//!
//! One line of the table is one route with one kind of object; its nine numbers are the answers to the nine people of
//! [`ROLES`]. A route of `/api/openapi.json` without a line fails the test, as does a line without a route.

use crate::world::{Answer, Door, PASSWORD, PATIENCE, Socket, World, answer, new_id};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use tokio::time::timeout;

/// `member` and `outside` are agents; only `member` (and `token`, a program of theirs) may see the channel.
const ROLES: [&str; 9] =
    ["owner", "administrator", "supervisor", "member", "outside", "visitor", "other visitor", "token", "stranger"];

/// Route, path with `{names}` of [`Town`], body (`{…}` names too; `@` a file), statuses in the order of `ROLES`.
type Line = (&'static str, &'static str, &'static str, [u16; 9]);

/// The answers to agents only: anybody signed in.
const fn agents(status: u16) -> [u16; 9] {
    [status, status, status, status, status, 401, 401, status, 401]
}

/// Those who may see the channel; to the agent outside it does not exist.
const fn members(status: u16) -> [u16; 9] {
    [status, status, status, status, 404, 401, 401, status, 401]
}

const fn administrators(status: u16) -> [u16; 9] {
    [status, status, 403, 403, 403, 401, 401, 403, 401]
}

const fn supervisors(status: u16) -> [u16; 9] {
    [status, status, status, 403, 403, 401, 401, 403, 401]
}

const fn visitors(own: u16, others: u16) -> [u16; 9] {
    [401, 401, 401, 401, 401, own, others, 401, 401]
}

const fn anybody(status: u16) -> [u16; 9] {
    [status; 9]
}

#[rustfmt::skip]
const TABLE: &[Line] = &[
    // Without sign-in.
    ("GET /healthz", "/healthz", "", anybody(200)),
    ("GET /readyz", "/readyz", "", anybody(200)),
    // A cookie is no token.
    ("GET /metrics", "/metrics", "", [401, 401, 401, 401, 401, 401, 401, 403, 401]),
    ("GET /avatars/{key}", "/avatars/{avatar}", "", anybody(200)),
    ("GET /avatars/{key}", "/avatars/av_never", "", anybody(404)),
    ("GET /api/v1/setup", "/api/v1/setup", "", anybody(200)),
    ("POST /api/v1/setup", "/api/v1/setup", r#"{"secret":"set_x","organisation":"X","locale":"en","admin":{"name":"X","email":"x@x.example","password":"x"},"channel":{"name":"X"}}"#, anybody(409)),
    ("POST /api/v1/session", "/api/v1/session", r#"{"email":"nobody@acme.example","password":"x"}"#, anybody(401)),
    ("GET /api/v1/visitor/channel", "/api/v1/visitor/channel?key={key}", "", anybody(200)),
    ("GET /api/v1/visitor/channel", "/api/v1/visitor/channel?key=wc_never", "", anybody(404)),
    ("POST /api/v1/visitor/session", "/api/v1/visitor/session", r#"{"channel":"{key}"}"#, anybody(200)),
    ("POST /api/v1/visitor/session", "/api/v1/visitor/session", r#"{"channel":"wc_never"}"#, anybody(404)),
    // Oneself.
    ("GET /api/v1/session", "/api/v1/session", "", agents(200)),
    ("PATCH /api/v1/me", "/api/v1/me", r#"{"locale":"en"}"#, agents(200)),
    ("POST /api/v1/me/password", "/api/v1/me/password", r#"{"current":"{password}","new":"short"}"#, agents(422)),
    ("PUT /api/v1/me/avatar", "/api/v1/me/avatar", "@no picture", agents(415)),
    ("DELETE /api/v1/me/avatar", "/api/v1/me/avatar", "", agents(200)),
    ("GET /api/v1/tokens", "/api/v1/tokens", "", agents(200)),
    ("POST /api/v1/tokens", "/api/v1/tokens", r#"{"name":"t"}"#, agents(201)),
    ("DELETE /api/v1/tokens/{id}", "/api/v1/tokens/{own_token}", "", agents(204)),
    ("DELETE /api/v1/tokens/{id}", "/api/v1/tokens/{others_token}", "", agents(404)),
    ("DELETE /api/v1/tokens/{id}", "/api/v1/tokens/tok_999999", "", agents(404)),
    // The organisation and its people.
    ("GET /api/v1/organisation", "/api/v1/organisation", "", agents(200)),
    ("PATCH /api/v1/organisation", "/api/v1/organisation", r#"{"locale":"en"}"#, administrators(200)),
    ("GET /api/v1/users", "/api/v1/users", "", agents(200)),
    ("POST /api/v1/users", "/api/v1/users", r#"{"name":"N","email":"n{n}@acme.example","role":"agent","password":"{password}"}"#, administrators(201)),
    ("POST /api/v1/users", "/api/v1/users", r#"{"name":"N","email":"n{n}@acme.example","role":"owner","password":"{password}"}"#, [201, 403, 403, 403, 403, 401, 401, 403, 401]),
    ("PATCH /api/v1/users/{id}", "/api/v1/users/{an_agent}", r#"{"name":"A"}"#, administrators(200)),
    ("PATCH /api/v1/users/{id}", "/api/v1/users/{an_agent}", r#"{"role":"owner","active":false}"#, [200, 403, 403, 403, 403, 401, 401, 403, 401]),
    ("PATCH /api/v1/users/{id}", "/api/v1/users/{an_owner}", r#"{"name":"O"}"#, [200, 403, 403, 403, 403, 401, 401, 403, 401]),
    ("PATCH /api/v1/users/{id}", "/api/v1/users/{own_id}", r#"{"role":"owner"}"#, [200, 403, 403, 403, 403, 401, 401, 403, 401]),
    ("PATCH /api/v1/users/{id}", "/api/v1/users/usr_999999", r#"{"name":"A"}"#, administrators(404)),
    ("POST /api/v1/users/{id}/password", "/api/v1/users/{an_agent2}/password", r#"{"new":"{password}"}"#, administrators(204)),
    ("POST /api/v1/users/{id}/password", "/api/v1/users/{an_owner}/password", r#"{"new":"{password}"}"#, [204, 403, 403, 403, 403, 401, 401, 403, 401]),
    ("POST /api/v1/users/{id}/password", "/api/v1/users/{own_id}/password", r#"{"new":"{password}"}"#, [403, 403, 403, 403, 403, 401, 401, 403, 401]),
    ("POST /api/v1/users/{id}/password", "/api/v1/users/usr_999999/password", r#"{"new":"{password}"}"#, administrators(404)),
    // Channels.
    ("GET /api/v1/channels", "/api/v1/channels", "", agents(200)),
    ("POST /api/v1/channels", "/api/v1/channels", r#"{"name":"C"}"#, administrators(201)),
    ("GET /api/v1/channels/{id}", "/api/v1/channels/{channel}", "", members(200)),
    ("GET /api/v1/channels/{id}", "/api/v1/channels/chn_999999", "", agents(404)),
    ("PATCH /api/v1/channels/{id}", "/api/v1/channels/{channel}", r#"{"name":"Shop"}"#, administrators(200)),
    ("PATCH /api/v1/channels/{id}", "/api/v1/channels/chn_999999", r#"{"name":"Shop"}"#, administrators(404)),
    // Quick replies: shared, deleted, of the member, of somebody else.
    ("GET /api/v1/quick-replies", "/api/v1/quick-replies", "", agents(200)),
    ("POST /api/v1/quick-replies", "/api/v1/quick-replies", r#"{"scope":"personal","title":"T","text":"t"}"#, agents(201)),
    ("POST /api/v1/quick-replies", "/api/v1/quick-replies", r#"{"scope":"shared","title":"T","text":"t"}"#, supervisors(201)),
    ("PATCH /api/v1/quick-replies/{id}", "/api/v1/quick-replies/{shared_reply}", r#"{"title":"T"}"#, supervisors(200)),
    ("PATCH /api/v1/quick-replies/{id}", "/api/v1/quick-replies/{members_reply}", r#"{"title":"T"}"#, [404, 404, 404, 200, 404, 401, 401, 200, 401]),
    ("PATCH /api/v1/quick-replies/{id}", "/api/v1/quick-replies/qr_999999", r#"{"title":"T"}"#, agents(404)),
    ("POST /api/v1/quick-replies/{id}/used", "/api/v1/quick-replies/{shared_reply}/used", "", agents(204)),
    ("POST /api/v1/quick-replies/{id}/used", "/api/v1/quick-replies/{members_reply}/used", "", [404, 404, 404, 204, 404, 401, 401, 204, 401]),
    ("POST /api/v1/quick-replies/{id}/restore", "/api/v1/quick-replies/{deleted_reply}/restore", "", [404, 404, 404, 200, 404, 401, 401, 404, 401]),
    ("POST /api/v1/quick-replies/{id}/restore", "/api/v1/quick-replies/{shared_reply}/restore", "", agents(404)),
    ("POST /api/v1/quick-replies/{id}/used", "/api/v1/quick-replies/qr_999999/used", "", agents(404)),
    ("POST /api/v1/quick-replies/{id}/restore", "/api/v1/quick-replies/qr_999999/restore", "", agents(404)),
    ("DELETE /api/v1/quick-replies/{id}", "/api/v1/quick-replies/{others_reply}", "", agents(404)),
    ("DELETE /api/v1/quick-replies/{id}", "/api/v1/quick-replies/qr_999999", "", agents(404)),
    // Conversations.
    ("GET /api/v1/conversations", "/api/v1/conversations", "", agents(200)),
    ("GET /api/v1/conversations", "/api/v1/conversations?channel={channel}", "", agents(200)),
    ("GET /api/v1/conversations/counts", "/api/v1/conversations/counts", "", agents(200)),
    ("GET /api/v1/conversations/handed-back", "/api/v1/conversations/handed-back", "", agents(200)),
    ("POST /api/v1/conversations/handed-back/seen", "/api/v1/conversations/handed-back/seen", "", agents(204)),
    ("GET /api/v1/conversations/{id}", "/api/v1/conversations/{conversation}", "", members(200)),
    ("GET /api/v1/conversations/{id}", "/api/v1/conversations/cnv_999999", "", agents(404)),
    ("GET /api/v1/conversations/{id}/prechat", "/api/v1/conversations/{conversation}/prechat", "", members(200)),
    ("GET /api/v1/conversations/{id}/prechat", "/api/v1/conversations/cnv_999999/prechat", "", agents(404)),
    ("GET /api/v1/conversations/{id}/messages", "/api/v1/conversations/{conversation}/messages", "", members(200)),
    ("GET /api/v1/conversations/{id}/messages", "/api/v1/conversations/cnv_999999/messages", "", agents(404)),
    ("POST /api/v1/conversations/{id}/messages", "/api/v1/conversations/{conversation}/messages", r#"{"client_id":"{uuid}","text":"t"}"#, members(201)),
    ("POST /api/v1/conversations/{id}/messages", "/api/v1/conversations/{conversation}/messages", r#"{"client_id":"{uuid}","kind":"note","text":"t"}"#, members(201)),
    ("POST /api/v1/conversations/{id}/messages", "/api/v1/conversations/cnv_999999/messages", r#"{"client_id":"{uuid}","text":"t"}"#, agents(404)),
    // The member's own note, the visitor's message, one that never was.
    ("PATCH /api/v1/conversations/{id}/messages/{seq}", "/api/v1/conversations/{conversation}/messages/{note_seq}", r#"{"text":"t"}"#, [403, 403, 403, 200, 404, 401, 401, 200, 401]),
    ("PATCH /api/v1/conversations/{id}/messages/{seq}", "/api/v1/conversations/{conversation}/messages/{sent_seq}", r#"{"text":"t"}"#, members(403)),
    ("PATCH /api/v1/conversations/{id}/messages/{seq}", "/api/v1/conversations/{conversation}/messages/999999", r#"{"text":"t"}"#, members(404)),
    ("GET /api/v1/conversations/{id}/messages/{seq}/revisions", "/api/v1/conversations/{conversation}/messages/{note_seq}/revisions", "", members(200)),
    ("GET /api/v1/conversations/{id}/messages/{seq}/revisions", "/api/v1/conversations/{conversation}/messages/999999/revisions", "", members(404)),
    ("DELETE /api/v1/conversations/{id}/messages/{seq}", "/api/v1/conversations/{conversation}/messages/{note_seq}", "", [403, 403, 403, 200, 404, 401, 401, 200, 401]),
    ("DELETE /api/v1/conversations/{id}/messages/{seq}", "/api/v1/conversations/{conversation}/messages/{sent_seq}", "", members(403)),
    ("DELETE /api/v1/conversations/{id}/messages/{seq}", "/api/v1/conversations/cnv_999999/messages/1", "", agents(404)),
    ("GET /api/v1/mentions", "/api/v1/mentions", "", agents(200)),
    ("POST /api/v1/mentions/seen", "/api/v1/mentions/seen", r#"{"conversation":null}"#, agents(204)),
    ("POST /api/v1/mentions/seen", "/api/v1/mentions/seen", r#"{"conversation":"{conversation}"}"#, members(204)),
    ("GET /api/v1/drafts", "/api/v1/drafts", "", agents(200)),
    ("PUT /api/v1/conversations/{id}/draft", "/api/v1/conversations/{conversation}/draft", r#"{"text":"t"}"#, members(200)),
    ("PUT /api/v1/conversations/{id}/draft", "/api/v1/conversations/cnv_999999/draft", r#"{"text":"t"}"#, agents(404)),
    ("POST /api/v1/conversations/{id}/assign", "/api/v1/conversations/{conversation}/assign", r#"{"assignee":null}"#, members(200)),
    ("POST /api/v1/conversations/{id}/assign", "/api/v1/conversations/cnv_999999/assign", r#"{"assignee":null}"#, agents(404)),
    ("POST /api/v1/conversations/{id}/resolve", "/api/v1/conversations/{conversation}/resolve", "", members(200)),
    ("POST /api/v1/conversations/{id}/resolve", "/api/v1/conversations/cnv_999999/resolve", "", agents(404)),
    ("POST /api/v1/conversations/{id}/reopen", "/api/v1/conversations/{conversation}/reopen", "", members(200)),
    ("POST /api/v1/conversations/{id}/reopen", "/api/v1/conversations/cnv_999999/reopen", "", agents(404)),
    ("POST /api/v1/conversations/{id}/read", "/api/v1/conversations/{conversation}/read", r#"{"seq":1}"#, members(204)),
    ("POST /api/v1/conversations/{id}/read", "/api/v1/conversations/cnv_999999/read", r#"{"seq":1}"#, agents(404)),
    ("GET /api/v1/conversations", "/api/v1/conversations?status=snoozed&assignee=me&tag={tag}&sort=waiting", "", agents(200)),
    // Many at once: whoever works here may ask; what came of each is in the answer (tests/it/work.rs).
    ("POST /api/v1/conversations/changes", "/api/v1/conversations/changes", r#"{"items":[{"conversation":"{conversation}","set":{"priority":"high"}}]}"#, agents(200)),
    // Offers: one that was declined; a new one to somebody who may not serve the channel.
    ("GET /api/v1/transfers", "/api/v1/transfers", "", agents(200)),
    ("POST /api/v1/conversations/{id}/transfer", "/api/v1/conversations/{conversation}/transfer", r#"{"to":"{an_agent}","client_id":"{uuid}"}"#, members(422)),
    ("POST /api/v1/conversations/{id}/transfer", "/api/v1/conversations/cnv_999999/transfer", r#"{"to":null,"client_id":"{uuid}"}"#, agents(404)),
    ("POST /api/v1/transfers/{id}/accept", "/api/v1/transfers/trf_999999/accept", "", agents(404)),
    ("POST /api/v1/transfers/{id}/accept", "/api/v1/transfers/{transfer}/accept", "", [403, 403, 403, 403, 404, 401, 401, 403, 401]),
    ("POST /api/v1/transfers/{id}/decline", "/api/v1/transfers/{transfer}/decline", r#"{"client_id":"{uuid}"}"#, [403, 403, 403, 403, 404, 401, 401, 403, 401]),
    ("POST /api/v1/transfers/{id}/decline", "/api/v1/transfers/trf_999999/decline", r#"{"client_id":"{uuid}"}"#, agents(404)),
    ("POST /api/v1/transfers/{id}/withdraw", "/api/v1/transfers/{transfer}/withdraw", "", [409, 409, 409, 409, 404, 401, 401, 409, 401]),
    ("POST /api/v1/transfers/{id}/withdraw", "/api/v1/transfers/trf_999999/withdraw", "", agents(404)),
    // Tags: everybody's list, supervisors keep it.
    ("GET /api/v1/tags", "/api/v1/tags", "", agents(200)),
    ("POST /api/v1/tags", "/api/v1/tags", r#"{"name":"T{n}"}"#, agents(201)),
    ("PATCH /api/v1/tags/{id}", "/api/v1/tags/{tag}", r#"{"colour":"red"}"#, supervisors(200)),
    ("PATCH /api/v1/tags/{id}", "/api/v1/tags/tag_999999", r#"{"colour":"red"}"#, agents(404)),
    ("POST /api/v1/tags/{id}/restore", "/api/v1/tags/{tag}/restore", "", agents(404)),
    ("POST /api/v1/tags/{id}/restore", "/api/v1/tags/tag_999999/restore", "", agents(404)),
    ("DELETE /api/v1/tags/{id}", "/api/v1/tags/{tag}", "", [204, 404, 404, 404, 404, 401, 401, 404, 401]),
    ("DELETE /api/v1/tags/{id}", "/api/v1/tags/tag_999999", "", agents(404)),
    // Views: shared, of the member, of somebody else.
    ("GET /api/v1/saved-views", "/api/v1/saved-views", "", agents(200)),
    ("GET /api/v1/saved-views/counts", "/api/v1/saved-views/counts", "", agents(200)),
    ("POST /api/v1/saved-views", "/api/v1/saved-views", r#"{"scope":"personal","name":"V","filter":"assignee=me"}"#, agents(201)),
    ("POST /api/v1/saved-views", "/api/v1/saved-views", r#"{"scope":"shared","name":"V"}"#, supervisors(201)),
    ("PATCH /api/v1/saved-views/{id}", "/api/v1/saved-views/{shared_view}", r#"{"name":"V"}"#, supervisors(200)),
    ("PATCH /api/v1/saved-views/{id}", "/api/v1/saved-views/{members_view}", r#"{"name":"V"}"#, [404, 404, 404, 200, 404, 401, 401, 200, 401]),
    ("PATCH /api/v1/saved-views/{id}", "/api/v1/saved-views/view_999999", r#"{"name":"V"}"#, agents(404)),
    ("DELETE /api/v1/saved-views/{id}", "/api/v1/saved-views/{others_view}", "", agents(404)),
    ("DELETE /api/v1/saved-views/{id}", "/api/v1/saved-views/view_999999", "", agents(404)),
    // Holds: whoever may see it learns why, administrators decide. The channel's member is no administrator.
    ("POST /api/v1/conversations/{id}/rating/ask", "/api/v1/conversations/{conversation}/rating/ask", "", members(204)),
    ("POST /api/v1/conversations/{id}/rating/ask", "/api/v1/conversations/cnv_999999/rating/ask", "", agents(404)),
    ("GET /api/v1/conversations/{id}/ratings", "/api/v1/conversations/{conversation}/ratings", "", members(200)),
    ("GET /api/v1/conversations/{id}/ratings", "/api/v1/conversations/cnv_999999/ratings", "", agents(404)),
    ("GET /api/v1/ratings", "/api/v1/ratings", "", supervisors(200)),
    ("GET /api/v1/ratings/summary", "/api/v1/ratings/summary", "", supervisors(200)),
    ("GET /api/v1/visitor/rating", "/api/v1/visitor/rating?conversation={conversation}", "", visitors(200, 404)),
    ("GET /api/v1/visitor/rating", "/api/v1/visitor/rating?conversation=cnv_999999", "", visitors(404, 404)),
    ("POST /api/v1/visitor/rating", "/api/v1/visitor/rating", r#"{"conversation":"{conversation}","score":5}"#, visitors(200, 404)),
    ("POST /api/v1/visitor/rating", "/api/v1/visitor/rating", r#"{"conversation":"cnv_999999","score":5}"#, visitors(404, 404)),
    ("GET /api/v1/conversations/{id}/hold", "/api/v1/conversations/{conversation}/hold", "", members(200)),
    ("GET /api/v1/conversations/{id}/hold", "/api/v1/conversations/cnv_999999/hold", "", agents(404)),
    ("PUT /api/v1/conversations/{id}/hold", "/api/v1/conversations/{conversation}/hold", r#"{"note":"a lawsuit"}"#, [200, 200, 403, 403, 404, 401, 401, 403, 401]),
    ("PUT /api/v1/conversations/{id}/hold", "/api/v1/conversations/cnv_999999/hold", r#"{"note":"a lawsuit"}"#, agents(404)),
    ("DELETE /api/v1/conversations/{id}/hold", "/api/v1/conversations/{conversation}/hold", "", [200, 200, 403, 403, 404, 401, 401, 403, 401]),
    ("DELETE /api/v1/conversations/{id}/hold", "/api/v1/conversations/cnv_999999/hold", "", agents(404)),
    // Calls: more than the channel allows, and a call that is over.
    ("POST /api/v1/conversations/{id}/calls", "/api/v1/conversations/{conversation}/calls", r#"{"media":"video"}"#, members(403)),
    ("POST /api/v1/conversations/{id}/calls", "/api/v1/conversations/cnv_999999/calls", r#"{"media":"audio"}"#, agents(404)),
    ("GET /api/v1/conversations/{id}/calls", "/api/v1/conversations/{conversation}/calls", "", members(200)),
    ("GET /api/v1/conversations/{id}/calls", "/api/v1/conversations/cnv_999999/calls", "", agents(404)),
    ("GET /api/v1/calls/current", "/api/v1/calls/current", "", agents(200)),
    ("GET /api/v1/calls/{id}", "/api/v1/calls/{call}", "", members(200)),
    ("GET /api/v1/calls/{id}", "/api/v1/calls/call_999999", "", agents(404)),
    ("POST /api/v1/calls/{id}/accept", "/api/v1/calls/{call}/accept", "", members(409)),
    ("POST /api/v1/calls/{id}/accept", "/api/v1/calls/call_999999/accept", "", agents(404)),
    ("POST /api/v1/calls/{id}/decline", "/api/v1/calls/{call}/decline", "", members(409)),
    ("POST /api/v1/calls/{id}/decline", "/api/v1/calls/call_999999/decline", "", agents(404)),
    ("POST /api/v1/calls/{id}/cancel", "/api/v1/calls/{call}/cancel", "", members(409)),
    ("POST /api/v1/calls/{id}/cancel", "/api/v1/calls/call_999999/cancel", "", agents(404)),
    ("POST /api/v1/calls/{id}/hang-up", "/api/v1/calls/{call}/hang-up", "", [403, 403, 403, 200, 404, 401, 401, 200, 401]),
    ("POST /api/v1/calls/{id}/hang-up", "/api/v1/calls/call_999999/hang-up", "", agents(404)),
    ("POST /api/v1/calls/{id}/join", "/api/v1/calls/{call}/join", r#"{"offer":"v=0"}"#, members(409)),
    ("POST /api/v1/calls/{id}/join", "/api/v1/calls/call_999999/join", r#"{"offer":"v=0"}"#, agents(404)),
    ("GET /api/v1/calls/{id}/ice", "/api/v1/calls/{call}/ice", "", members(409)),
    ("GET /api/v1/calls/{id}/ice", "/api/v1/calls/call_999999/ice", "", agents(404)),
    ("POST /api/v1/calls/{id}/state", "/api/v1/calls/{call}/state", r#"{"muted":true}"#, members(409)),
    ("POST /api/v1/calls/{id}/state", "/api/v1/calls/call_999999/state", r#"{"muted":true}"#, agents(404)),
    ("POST /api/v1/calls/{id}/invite", "/api/v1/calls/{call}/invite", r#"{"user":"{an_agent}"}"#, members(409)),
    ("POST /api/v1/calls/{id}/invite", "/api/v1/calls/call_999999/invite", r#"{"user":"{an_agent}"}"#, agents(404)),
    ("POST /api/v1/calls/{id}/transfer", "/api/v1/calls/{call}/transfer", r#"{"user":"{an_agent}"}"#, members(409)),
    ("POST /api/v1/calls/{id}/transfer", "/api/v1/calls/call_999999/transfer", r#"{"user":"{an_agent}"}"#, agents(404)),
    ("POST /api/v1/calls/{id}/supervise", "/api/v1/calls/{call}/supervise", r#"{"mode":"listen"}"#, [409, 409, 409, 403, 404, 401, 401, 403, 401]),
    ("POST /api/v1/calls/{id}/supervise", "/api/v1/calls/call_999999/supervise", r#"{"mode":"listen"}"#, agents(404)),
    ("POST /api/v1/calls/{id}/recording", "/api/v1/calls/{call}/recording", r#"{"action":"stop"}"#, members(409)),
    ("POST /api/v1/calls/{id}/recording", "/api/v1/calls/call_999999/recording", r#"{"action":"stop"}"#, agents(404)),
    ("POST /api/v1/calls/{id}/strokes", "/api/v1/calls/{call}/strokes", r#"{"stroke":{"id":"s1","on":"leg_1/camera","tool":"pen","points":[],"done":true}}"#, members(409)),
    ("POST /api/v1/calls/{id}/strokes", "/api/v1/calls/call_999999/strokes", r#"{"stroke":{"id":"s1","on":"leg_1/camera","tool":"pen","points":[],"done":true}}"#, agents(404)),
    ("GET /api/v1/calls/{id}/strokes", "/api/v1/calls/{call}/strokes", "", members(200)),
    ("GET /api/v1/calls/{id}/strokes", "/api/v1/calls/call_999999/strokes", "", agents(404)),
    ("POST /api/v1/calls/{id}/quality", "/api/v1/calls/{call}/quality", r#"{"rtt_ms":10}"#, [403, 403, 403, 204, 404, 401, 401, 204, 401]),
    ("POST /api/v1/calls/{id}/quality", "/api/v1/calls/call_999999/quality", r#"{"rtt_ms":10}"#, agents(404)),
    // How long what is kept is kept.
    ("GET /api/v1/retention", "/api/v1/retention", "", administrators(200)),
    ("PUT /api/v1/retention", "/api/v1/retention", r#"{"conversations_days":0,"customers_days":0,"events_days":0}"#, administrators(200)),
    ("POST /api/v1/retention/preview", "/api/v1/retention/preview", r#"{"conversations_days":1,"customers_days":0,"events_days":0}"#, administrators(200)),
    ("GET /api/v1/customers/{id}", "/api/v1/customers/{customer}", "", members(200)),
    ("GET /api/v1/customers/{id}", "/api/v1/customers/cus_999999", "", agents(404)),
    ("PATCH /api/v1/customers/{id}", "/api/v1/customers/{customer}", r#"{"note":"n"}"#, members(200)),
    ("PATCH /api/v1/customers/{id}", "/api/v1/customers/cus_999999", r#"{"note":"n"}"#, agents(404)),
    ("GET /api/v1/customers/{id}/conversations", "/api/v1/customers/{customer}/conversations", "", members(200)),
    ("GET /api/v1/customers/{id}/conversations", "/api/v1/customers/cus_999999/conversations", "", agents(404)),
    ("GET /api/v1/search", "/api/v1/search?q=a", "", agents(200)),
    // Files: of a conversation, of a note in it, and waiting for a message: a member's, a visitor's.
    ("POST /api/v1/attachments", "/api/v1/attachments", "@words", agents(201)),
    ("GET /api/v1/attachments/{id}", "/api/v1/attachments/{sent_file}", "", members(200)),
    ("GET /api/v1/attachments/{id}", "/api/v1/attachments/{note_file}", "", members(200)),
    ("GET /api/v1/attachments/{id}", "/api/v1/attachments/{members_file}", "", [404, 404, 404, 200, 404, 401, 401, 200, 401]),
    ("GET /api/v1/attachments/{id}", "/api/v1/attachments/{visitors_file}", "", agents(404)),
    ("GET /api/v1/attachments/{id}", "/api/v1/attachments/att_999999", "", agents(404)),
    // Recordings: the calls' own test has some; here nobody learns whether there is one.
    ("GET /api/v1/calls/{id}/recordings", "/api/v1/calls/call_999999/recordings", "", agents(200)),
    ("GET /api/v1/recordings/{id}", "/api/v1/recordings/rec_999999", "", agents(404)),
    ("GET /api/v1/recordings/{id}/media", "/api/v1/recordings/rec_999999/media", "", agents(404)),
    ("GET /api/v1/recordings/{id}/export", "/api/v1/recordings/rec_999999/export", "", agents(404)),
    ("GET /api/v1/recordings/{id}/proof", "/api/v1/recordings/rec_999999/proof", "", agents(404)),
    ("GET /api/v1/recordings/{id}/accesses", "/api/v1/recordings/rec_999999/accesses", "", agents(404)),
    // Visitors.
    ("GET /api/v1/visitor/messages", "/api/v1/visitor/messages", "", visitors(200, 200)),
    ("POST /api/v1/visitor/messages", "/api/v1/visitor/messages", r#"{"client_id":"{uuid}","text":"t"}"#, visitors(201, 201)),
    ("GET /api/v1/visitor/reception", "/api/v1/visitor/reception", "", visitors(200, 200)),
    ("GET /api/v1/visitor/queue", "/api/v1/visitor/queue", "", visitors(200, 200)),
    ("POST /api/v1/visitor/contact", "/api/v1/visitor/contact", r#"{"email":"v@x.example"}"#, visitors(200, 200)),
    ("GET /api/v1/visitor/prechat", "/api/v1/visitor/prechat", "", visitors(200, 200)),
    ("POST /api/v1/visitor/prechat", "/api/v1/visitor/prechat", "{}", visitors(409, 409)),
    ("POST /api/v1/visitor/identify", "/api/v1/visitor/identify", r#"{"name":"V"}"#, visitors(204, 204)),
    ("POST /api/v1/visitor/page", "/api/v1/visitor/page", r#"{"url":"https://shop.example/"}"#, visitors(204, 204)),
    ("POST /api/v1/visitor/read", "/api/v1/visitor/read", r#"{"conversation":"{conversation}","read":1}"#, visitors(204, 404)),
    ("POST /api/v1/visitor/read", "/api/v1/visitor/read", r#"{"conversation":"cnv_999999","read":1}"#, visitors(404, 404)),
    ("POST /api/v1/visitor/attachments", "/api/v1/visitor/attachments", "@words", visitors(201, 201)),
    ("GET /api/v1/visitor/attachments/{id}", "/api/v1/visitor/attachments/{sent_file}", "", visitors(200, 404)),
    ("GET /api/v1/visitor/attachments/{id}", "/api/v1/visitor/attachments/{note_file}", "", visitors(404, 404)),
    ("GET /api/v1/visitor/attachments/{id}", "/api/v1/visitor/attachments/{members_file}", "", visitors(404, 404)),
    ("GET /api/v1/visitor/attachments/{id}", "/api/v1/visitor/attachments/{visitors_file}", "", visitors(200, 404)),
    ("GET /api/v1/visitor/attachments/{id}", "/api/v1/visitor/attachments/att_999999", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls", "/api/v1/visitor/calls", r#"{"media":"video"}"#, visitors(403, 403)),
    ("GET /api/v1/visitor/calls/current", "/api/v1/visitor/calls/current", "", visitors(200, 200)),
    ("POST /api/v1/visitor/calls/{id}/accept", "/api/v1/visitor/calls/{call}/accept", "", visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/accept", "/api/v1/visitor/calls/call_999999/accept", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/decline", "/api/v1/visitor/calls/{call}/decline", "", visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/decline", "/api/v1/visitor/calls/call_999999/decline", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/cancel", "/api/v1/visitor/calls/{call}/cancel", "", visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/cancel", "/api/v1/visitor/calls/call_999999/cancel", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/hang-up", "/api/v1/visitor/calls/{call}/hang-up", "", visitors(403, 404)),
    ("POST /api/v1/visitor/calls/{id}/hang-up", "/api/v1/visitor/calls/call_999999/hang-up", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/join", "/api/v1/visitor/calls/{call}/join", r#"{"offer":"v=0"}"#, visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/join", "/api/v1/visitor/calls/call_999999/join", r#"{"offer":"v=0"}"#, visitors(404, 404)),
    ("GET /api/v1/visitor/calls/{id}/ice", "/api/v1/visitor/calls/{call}/ice", "", visitors(409, 404)),
    ("GET /api/v1/visitor/calls/{id}/ice", "/api/v1/visitor/calls/call_999999/ice", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/state", "/api/v1/visitor/calls/{call}/state", r#"{"muted":true}"#, visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/state", "/api/v1/visitor/calls/call_999999/state", r#"{"muted":true}"#, visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/consent", "/api/v1/visitor/calls/{call}/consent", r#"{"agreed":true}"#, visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/consent", "/api/v1/visitor/calls/call_999999/consent", r#"{"agreed":true}"#, visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/strokes", "/api/v1/visitor/calls/{call}/strokes", r#"{"stroke":{"id":"s1","on":"leg_1/camera","tool":"pen","points":[],"done":true}}"#, visitors(409, 404)),
    ("POST /api/v1/visitor/calls/{id}/strokes", "/api/v1/visitor/calls/call_999999/strokes", r#"{"stroke":{"id":"s1","on":"leg_1/camera","tool":"pen","points":[],"done":true}}"#, visitors(404, 404)),
    ("GET /api/v1/visitor/calls/{id}/strokes", "/api/v1/visitor/calls/{call}/strokes", "", visitors(200, 404)),
    ("GET /api/v1/visitor/calls/{id}/strokes", "/api/v1/visitor/calls/call_999999/strokes", "", visitors(404, 404)),
    ("POST /api/v1/visitor/calls/{id}/quality", "/api/v1/visitor/calls/{call}/quality", r#"{"rtt_ms":10}"#, visitors(403, 404)),
    ("POST /api/v1/visitor/calls/{id}/quality", "/api/v1/visitor/calls/call_999999/quality", r#"{"rtt_ms":10}"#, visitors(404, 404)),
    // How the server is.
    ("GET /api/v1/status", "/api/v1/status", "", administrators(200)),
    ("GET /api/v1/status/history", "/api/v1/status/history", "", administrators(200)),
    ("GET /api/v1/alerts", "/api/v1/alerts", "", administrators(200)),
    ("GET /api/v1/alerts/raised", "/api/v1/alerts/raised", "", administrators(200)),
    ("POST /api/v1/alerts/{rule}/acknowledge", "/api/v1/alerts/never/acknowledge", "", administrators(404)),
    ("GET /api/v1/alert-rules", "/api/v1/alert-rules", "", administrators(200)),
    ("PATCH /api/v1/alert-rules/{rule}", "/api/v1/alert-rules/disk.low", r#"{"enabled":true}"#, administrators(200)),
    ("PATCH /api/v1/alert-rules/{rule}", "/api/v1/alert-rules/never", r#"{"enabled":true}"#, administrators(404)),
    ("GET /api/v1/alert-webhooks", "/api/v1/alert-webhooks", "", administrators(200)),
    ("POST /api/v1/alert-webhooks", "/api/v1/alert-webhooks", r#"{"url":"http://127.0.0.1:9/"}"#, administrators(201)),
    ("POST /api/v1/alert-webhooks/{id}/test", "/api/v1/alert-webhooks/whk_1/test", "", administrators(200)),
    ("POST /api/v1/alert-webhooks/{id}/test", "/api/v1/alert-webhooks/whk_999999/test", "", administrators(404)),
    ("DELETE /api/v1/alert-webhooks/{id}", "/api/v1/alert-webhooks/whk_999999", "", administrators(404)),
    // Webhooks: one that is paused, with nothing sent.
    ("GET /api/v1/webhooks", "/api/v1/webhooks", "", administrators(200)),
    ("POST /api/v1/webhooks", "/api/v1/webhooks", r#"{"url":"http://127.0.0.1:9/"}"#, administrators(201)),
    ("PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/{webhook}", r#"{"active":false}"#, administrators(200)),
    ("PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/hook_999999", r#"{"active":false}"#, administrators(404)),
    ("POST /api/v1/webhooks/{id}/secret", "/api/v1/webhooks/{webhook}/secret", "", administrators(200)),
    ("POST /api/v1/webhooks/{id}/secret", "/api/v1/webhooks/hook_999999/secret", "", administrators(404)),
    ("POST /api/v1/webhooks/{id}/test", "/api/v1/webhooks/{webhook}/test", "", administrators(200)),
    ("POST /api/v1/webhooks/{id}/test", "/api/v1/webhooks/hook_999999/test", "", administrators(404)),
    ("POST /api/v1/webhooks/{id}/retry", "/api/v1/webhooks/{webhook}/retry", "", administrators(200)),
    ("POST /api/v1/webhooks/{id}/retry", "/api/v1/webhooks/hook_999999/retry", "", administrators(404)),
    ("POST /api/v1/webhooks/{id}/replay", "/api/v1/webhooks/{webhook}/replay", r#"{"from":1}"#, administrators(200)),
    ("POST /api/v1/webhooks/{id}/replay", "/api/v1/webhooks/hook_999999/replay", r#"{"from":1}"#, administrators(404)),
    ("GET /api/v1/webhooks/{id}/deliveries", "/api/v1/webhooks/{webhook}/deliveries", "", administrators(200)),
    ("GET /api/v1/webhooks/{id}/deliveries", "/api/v1/webhooks/hook_999999/deliveries", "", administrators(404)),
    ("POST /api/v1/webhooks/{id}/deliveries/{position}/redeliver", "/api/v1/webhooks/{webhook}/deliveries/999999/redeliver", "", administrators(404)),
    ("POST /api/v1/webhooks/{id}/deliveries/{position}/give-up", "/api/v1/webhooks/{webhook}/deliveries/999999/give-up", "", administrators(404)),
    ("DELETE /api/v1/webhooks/{id}", "/api/v1/webhooks/hook_999999", "", administrators(404)),
    // Last: it ends the sessions that the lines before need. A program has none to end.
    ("DELETE /api/v1/session", "/api/v1/session", "", agents(204)),
];

/// Everybody, and the things they reach for.
struct Town {
    world: World,
    doors: Vec<Door>,
    /// For all.
    names: HashMap<&'static str, String>,
    /// For one role each.
    own: Vec<HashMap<&'static str, String>>,
}

const LIMITS: &str = "
sign_in = { times = 1000, seconds = 1 }
sign_in_address = { times = 1000, seconds = 1 }
new_visitors = { times = 1000, seconds = 1 }
visitor_requests = { times = 1000, seconds = 1 }
call_asks = { times = 1000, seconds = 1 }
call_joins = { times = 1000, seconds = 1 }
call_strokes = { times = 1000, seconds = 1 }
call_reports = { times = 1000, seconds = 1 }";

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

async fn town() -> Town {
    let world = World::limited(LIMITS).await;
    let owner = world.owner().await;
    let administrator = owner.hires(&world, "Ada", "administrator").await;
    let supervisor = owner.hires(&world, "Sam", "supervisor").await;
    let member = owner.hires(&world, "Mia", "agent").await;
    let outside = owner.hires(&world, "Otto", "agent").await;
    let (an_agent, an_agent2) = (owner.hires(&world, "Ann", "agent").await, owner.hires(&world, "Amy", "agent").await);
    let an_owner = owner.hires(&world, "Oda", "owner").await;
    let channel = id_of(&owner.get("/channels").await.ok(200)["items"][0]);
    owner.patch(&format!("/channels/{channel}"), &json!({"everyone": false, "members": [member.id]})).await.ok(200);
    let (visitor, other) = (world.visitor().await, world.visitor().await);
    other.says("something else").await;

    let file =
        async |door: &Door, path: &str| id_of(&door.upload(path, "f.txt", "text/plain", b"f".to_vec()).await.ok(201));
    let sent_file = file(&visitor, "/visitor/attachments").await;
    let message = json!({"client_id": new_id(), "text": "hello", "attachments": [sent_file]});
    let sent = visitor.post("/visitor/messages", &message).await.ok(201);
    let conversation = sent["conversation"].as_str().unwrap().to_owned();
    let note_file = file(&member, "/attachments").await;
    let note = json!({"client_id": new_id(), "kind": "note", "text": "note", "attachments": [note_file]});
    let noted = member.post(&format!("/conversations/{conversation}/messages"), &note).await.ok(201);
    let mut tiny = std::io::Cursor::new(Vec::new());
    image_of_one_pixel(&mut tiny);
    let mut put = world.http.put(format!("{}/api/v1/me/avatar", world.url)).body(tiny.into_inner());
    for (name, value) in &an_owner.headers {
        put = put.header(name, value);
    }
    let avatar = answer(put.header("x-parlor-request", "1")).await.ok(200)["avatar_url"].as_str().unwrap().to_owned();

    let reply = async |door: &Door, scope: &str| {
        let reply = json!({"scope": scope, "title": "Regards", "text": "Best regards"});
        id_of(&door.post("/quick-replies", &reply).await.ok(201))
    };
    let deleted_reply = reply(&member, "personal").await;
    member.delete(&format!("/quick-replies/{deleted_reply}")).await.ok(204);

    let made = owner.post("/webhooks", &json!({"url": "http://127.0.0.1:9/"})).await.ok(201);
    let webhook = id_of(&made["webhook"]);
    owner.patch(&format!("/webhooks/{webhook}"), &json!({"active": false})).await.ok(200);
    let view = async |door: &Door, scope: &str| {
        id_of(&door.post("/saved-views", &json!({"scope": scope, "name": "V", "filter": ""})).await.ok(201))
    };
    let tag = async |name: &str| id_of(&owner.post("/tags", &json!({"name": name})).await.ok(201));
    // A call that the member made and the visitor declined, in a channel of voices.
    let calls = json!({"calls": {"enabled": true, "visitors_may_ask": true, "video": false}});
    owner.patch(&format!("/channels/{channel}"), &json!({"settings": calls})).await.ok(200);
    let line = visitor.socket().await;
    let path = format!("/conversations/{conversation}/calls");
    let call = id_of(&member.post(&path, &json!({"media": "audio"})).await.ok(201));
    visitor.post(&format!("/visitor/calls/{call}/decline"), &json!({})).await.ok(200);
    drop(line);

    // An offer of the member's to somebody who declined it.
    let page = an_owner.socket().await;
    let path = format!("/conversations/{conversation}/transfer");
    let offered = member.post(&path, &json!({"to": an_owner.id, "client_id": new_id()})).await.ok(201);
    let transfer = id_of(&offered["transfer"]);
    an_owner.post(&format!("/transfers/{transfer}/decline"), &json!({"client_id": new_id()})).await.ok(200);
    drop(page);

    let names = HashMap::from([
        ("transfer", transfer),
        ("webhook", webhook),
        ("tag", tag("about").await),
        ("shared_view", view(&owner, "shared").await),
        ("members_view", view(&member, "personal").await),
        ("others_view", view(&an_owner, "personal").await),
        ("call", call),
        ("shared_reply", reply(&owner, "shared").await),
        ("members_reply", reply(&member, "personal").await),
        ("others_reply", reply(&an_owner, "personal").await),
        ("deleted_reply", deleted_reply),
        ("key", world.channel_key.clone()),
        ("password", PASSWORD.to_owned()),
        ("avatar", avatar.rsplit('/').next().unwrap().to_owned()),
        ("others_token", an_owner.program().await.1),
        ("an_agent", an_agent.id),
        ("an_agent2", an_agent2.id),
        ("an_owner", an_owner.id.clone()),
        ("customer", visitor.id.clone()),
        ("members_file", file(&member, "/attachments").await),
        ("visitors_file", file(&visitor, "/visitor/attachments").await),
        ("channel", channel),
        ("conversation", conversation),
        ("sent_file", sent_file),
        ("note_file", note_file),
        ("note_seq", noted["seq"].to_string()),
        ("sent_seq", "2".to_owned()),
    ]);
    let mut own = Vec::new();
    for agent in [&owner, &administrator, &supervisor, &member, &outside, &owner, &owner, &member, &owner] {
        own.push(HashMap::from([("own_token", agent.program().await.1), ("own_id", agent.id.clone())]));
    }
    let token = Door { headers: member.program().await.0.headers.clone(), ..member.door.clone() };
    let stranger = world.stranger();
    let doors = vec![
        owner.door,
        administrator.door,
        supervisor.door,
        member.door,
        outside.door,
        visitor.door,
        other.door,
        token,
        stranger,
    ];
    Town { world, doors, names, own }
}

/// A GIF.
fn image_of_one_pixel(to: &mut impl std::io::Write) {
    to.write_all(b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;").unwrap();
}

impl Town {
    fn fill(&self, text: &str, role: usize, cell: usize) -> String {
        let mut filled = text.replace("{uuid}", &new_id()).replace("{n}", &cell.to_string());
        for (name, value) in self.names.iter().chain(&self.own[role]) {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    }

    async fn ask(&self, (route, path, body, _): &Line, role: usize, cell: usize) -> Answer {
        let door = &self.doors[role];
        let method: Method = route.split(' ').next().unwrap().parse().unwrap();
        let mut request = door.http.request(method, format!("{}{}", door.url, self.fill(path, role, cell)));
        for (name, value) in &door.headers {
            request = request.header(name, value);
        }
        request = request.header("x-parlor-request", "1");
        request = match body.strip_prefix('@') {
            Some(file) => request.header("content-type", "text/plain").header("x-parlor-filename", "f").body(file),
            None if body.is_empty() => request,
            None => request.header("content-type", "application/json").body(self.fill(body, role, cell)),
        };
        answer(request).await
    }
}

/// All that a NotFound says, but for what differs from request to request.
fn said(answer: &Answer) -> (Value, Vec<String>) {
    let mut body = answer.json();
    body["request_id"].take();
    let mut headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !header.starts_with("date:") && !header.contains("request-id"));
    headers.sort();
    (body, headers)
}

#[tokio::test]
async fn every_route_answers_every_role_as_the_table_says() {
    let town = town().await;
    let mut wrong = Vec::new();
    let mut not_found: BTreeMap<&str, (Value, Vec<String>)> = BTreeMap::new();
    let mut cells = 0;
    for line in TABLE {
        for (role, expected) in line.3.iter().enumerate() {
            cells += 1;
            let answer = town.ask(line, role, cells).await;
            if answer.status != *expected {
                let (said, words) = (answer.status, String::from_utf8_lossy(&answer.bytes).into_owned());
                wrong.push(format!("{} {} as {}: {said}, not {expected} {words}", line.0, line.1, ROLES[role]));
            }
            if answer.status == 404 {
                // What one may not see, and what never was: the same words on every route.
                let all = said(&answer);
                let first = not_found.entry("404").or_insert_with(|| all.clone());
                if *first != all {
                    wrong.push(format!("{} {} as {}: {all:?}, elsewhere {first:?}", line.0, line.1, ROLES[role]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(not_found["404"].0["code"], "not_found");
    drop(town.world);
}

#[tokio::test]
async fn the_table_has_every_route_of_the_description_and_no_other() {
    let world = World::new().await;
    let described = answer(world.http.get(format!("{}/api/openapi.json", world.url))).await.ok(200);
    let mut routes = BTreeSet::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let listed: BTreeSet<String> = TABLE.iter().map(|line| line.0.to_owned()).collect();
    assert_eq!(routes.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "without a line");
    assert_eq!(listed.difference(&routes).collect::<Vec<_>>(), Vec::<&String>::new(), "without a route");
    // A route that names a thing has a line with a thing that never was.
    for route in listed.iter().filter(|route| route.contains('{')) {
        let never = TABLE.iter().any(|line| line.0 == route && (line.1.contains("999999") || line.1.contains("never")));
        assert!(never, "{route}");
    }
}

/// What a frame is answered: `ack`, a refusal's code, or `silence`, which is listened to only where it is expected.
async fn reply(socket: &mut Socket, frame: &Value, expected: &str) -> String {
    let patience = if expected == "silence" { Duration::from_millis(200) } else { PATIENCE };
    socket.say(frame).await;
    let answers = ["ack", "reject", "error"];
    let answer = socket.until(|f| answers.contains(&f["type"].as_str().unwrap()));
    match timeout(patience, answer).await {
        Err(_) => "silence".to_owned(),
        Ok(answer) if answer["type"] == "ack" => "ack".to_owned(),
        Ok(answer) => answer["code"].as_str().unwrap().to_owned(),
    }
}

#[tokio::test]
async fn every_frame_answers_each_side_as_the_table_says() {
    let world = World::new().await;
    let olga = world.owner().await;
    let outside = olga.hires(&world, "Otto", "agent").await;
    let channel = id_of(&olga.get("/channels").await.ok(200)["items"][0]);
    olga.patch(&format!("/channels/{channel}"), &json!({"everyone": false, "members": []})).await.ok(200);
    let (visitor, other) = (world.visitor().await, world.visitor().await);
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    other.says("me too").await;
    let mut sockets = [olga.socket().await, outside.socket().await, visitor.socket().await, other.socket().await];
    let send = |conversation: &str, kind: &str| json!({"type": "send", "id": new_id(), "conversation": conversation, "kind": kind, "text": "t"});
    let (none, bad) = ("not_found", "request.malformed");
    let never = "cnv_999999";
    #[rustfmt::skip]
    let table = [
        // owner, agent outside, visitor, other visitor
        (send(&conversation, "text"), ["ack", none, "ack", "ack"]),
        (send(&conversation, "note"), ["ack", none, "ack", "ack"]),
        (send(never, "text"), [none, none, "ack", "ack"]),
        (send(&conversation, "activity"), ["input.invalid", "input.invalid", "ack", "ack"]),
        (json!({"type": "mark", "conversation": conversation, "read": 1}), ["silence", none, "silence", none]),
        (json!({"type": "mark", "conversation": never, "read": 1}), [none, none, none, none]),
        (json!({"type": "typing", "conversation": conversation, "active": true}), ["silence", none, "silence", "silence"]),
        (json!({"type": "typing", "conversation": never, "active": true}), [none, none, "silence", "silence"]),
        (json!({"type": "looking", "conversation": conversation}), ["silence", none, bad, bad]),
        (json!({"type": "looking", "conversation": never}), [none, none, bad, bad]),
        (json!({"type": "looking", "conversation": null}), ["silence", "silence", bad, bad]),
        (json!({"type": "presence", "availability": "online"}), ["silence", "silence", bad, bad]),
        (json!({"type": "page", "url": "https://shop.example/"}), [bad, bad, "silence", "silence"]),
    ];
    for (frame, expected) in table {
        for (socket, expected) in sockets.iter_mut().zip(expected) {
            let mut frame = frame.clone();
            if frame["type"] == "send" {
                frame["id"] = new_id().into();
            }
            assert_eq!(reply(socket, &frame, expected).await, expected, "{frame}");
        }
    }
    // What the visitors' frames said of a conversation or a kind changed nothing.
    let kinds = |history: &[Value]| history.iter().filter(|m| m["kind"] == "note").count();
    assert_eq!(kinds(&olga.history(&conversation).await), 1, "the owner's own");
    assert_eq!(other.history().await.len(), 5);
}

#[tokio::test]
async fn the_socket_lets_in_only_whom_it_knows() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let foreign = vec![olga.headers[0].clone(), ("origin".into(), "https://evil.example".into())];
    let hello = |token: Option<&str>| json!({"type": "hello", "protocol": 1, "token": token});
    let (stranger, own) = (Vec::new(), olga.headers.clone());
    for (headers, frame, code) in [
        (&stranger, hello(None), 4401),
        (&foreign, hello(None), 4401),
        (&stranger, hello(Some("plt_unknown")), 4401),
        (&stranger, hello(Some("plv_unknown")), 4401),
        (&stranger, hello(Some("nonsense")), 4401),
        (&own, json!({"type": "hello", "protocol": 2}), 1008),
        (&own, json!({"type": "send"}), 1007),
    ] {
        let mut socket = Socket::open(&world.url, headers).await;
        socket.say(&frame).await;
        assert_eq!(socket.closed().await, code, "{frame}");
    }
    // A visitor's token is a visitor's, whatever cookie comes with it.
    let mut socket = Socket::open(&world.url, &own).await;
    socket.say(&hello(Some(&visitor.token))).await;
    assert_eq!(socket.next_of("welcome").await["principal"], json!({"kind": "visitor", "id": visitor.id}));
}
