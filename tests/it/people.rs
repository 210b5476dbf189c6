//! The people of the organisation: hired, promoted, sent away; their passwords, programs and pictures.

use crate::world::{Agent, OWNER, PASSWORD, Socket, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const NEW_PASSWORD: &str = "battery-staple-horse-2";

/// Closed with this code within a second of the cause.
async fn closes(socket: &mut Socket, code: u16, since: Instant) {
    assert_eq!(socket.closed().await, code);
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
}

async fn sign_in_status(world: &World, email: &str, password: &str) -> u16 {
    world.stranger().post("/session", &json!({"email": email, "password": password})).await.status
}

#[tokio::test]
async fn an_owner_hires_and_everybody_hears() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mut desk = olga.socket().await;
    let ada = olga.hires(&world, "Ada", "administrator").await;
    let told = desk.next_of("user.updated").await;
    assert_eq!((&told["user"]["name"], &told["user"]["role"]), (&json!("Ada"), &json!("administrator")));
    ada.hires(&world, "Ben", "agent").await;
    let people = ada.get("/users").await.ok(200);
    let names: Vec<&Value> = people["items"].as_array().unwrap().iter().map(|user| &user["name"]).collect();
    assert_eq!(names, ["Olga", "Ada", "Ben"]);

    let person = |name: &str, email: &str, role: &str, password: &str| json!({"name": name, "email": email, "role": role, "password": password});
    let taken = person("Bob", "BEN@acme.example", "agent", PASSWORD);
    ada.post("/users", &taken).await.refused(409, "user.email_taken");
    let wrong = ada.post("/users", &person("", "no address", "agent", PASSWORD)).await.refused(422, "input.invalid");
    let fields = json!([{"field": "name", "code": "required"}, {"field": "email", "code": "invalid"}]);
    assert_eq!(wrong["fields"], fields);
    ada.post("/users", &person("Bob", "b@acme.example", "agent", "short")).await.refused(422, "input.invalid");
    ada.post("/users", &person("Bob", "b@acme.example", "king", PASSWORD)).await.refused(400, "request.malformed");
}

#[tokio::test]
async fn only_owners_make_and_change_owners() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ada = olga.hires(&world, "Ada", "administrator").await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let owner = json!({"name": "Eve", "email": "eve@acme.example", "role": "owner", "password": PASSWORD});
    ada.post("/users", &owner).await.refused(403, "role.insufficient");
    let (olgas, adas, bens) =
        (format!("/users/{}", olga.id), format!("/users/{}", ada.id), format!("/users/{}", ben.id));
    ada.patch(&bens, &json!({"role": "owner"})).await.refused(403, "role.insufficient");
    for change in [json!({"name": "Mine"}), json!({"role": "agent"}), json!({"active": false})] {
        ada.patch(&olgas, &change).await.refused(403, "role.insufficient");
    }
    ada.post(&format!("{olgas}/password"), &json!({"new": NEW_PASSWORD})).await.refused(403, "role.insufficient");
    assert_eq!(sign_in_status(&world, OWNER, PASSWORD).await, 200);
    // Nor does anybody promote themselves.
    ada.patch(&adas, &json!({"role": "owner"})).await.refused(403, "role.insufficient");
    ben.patch(&bens, &json!({"role": "supervisor"})).await.refused(403, "role.insufficient");

    ada.patch(&bens, &json!({"role": "supervisor"})).await.ok(200);
    olga.patch(&adas, &json!({"role": "owner"})).await.ok(200);
    assert_eq!(ada.get("/session").await.ok(200)["role"], "owner");
    ada.patch(&olgas, &json!({"role": "agent"})).await.ok(200);
    assert_eq!(olga.get("/session").await.ok(200)["role"], "agent", "at once, in the same session");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = World::new().await;
    let olga = world.owner().await;
    let me = format!("/users/{}", olga.id);
    for change in [json!({"role": "administrator"}), json!({"active": false})] {
        olga.patch(&me, &change).await.refused(409, "user.last_owner");
    }
    // A deactivated owner is none.
    let eve = olga.hires(&world, "Eve", "owner").await;
    olga.patch(&format!("/users/{}", eve.id), &json!({"active": false})).await.ok(200);
    olga.patch(&me, &json!({"role": "agent"})).await.refused(409, "user.last_owner");
    assert_eq!(olga.get("/session").await.ok(200)["role"], "owner");
}

#[tokio::test]
async fn a_deactivated_person_is_out_at_once() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (program, _) = ben.program().await;
    let (mut bens, mut programs, mut desk) = (ben.socket().await, program.socket().await, olga.socket().await);
    let since = Instant::now();
    olga.patch(&format!("/users/{}", ben.id), &json!({"active": false})).await.ok(200);
    closes(&mut bens, 4401, since).await;
    closes(&mut programs, 4401, since).await;
    assert_eq!(desk.next_of("user.updated").await["user"]["active"], false);
    assert_eq!(ben.get("/session").await.status, 401);
    assert_eq!(program.get("/session").await.status, 401);
    assert_eq!(sign_in_status(&world, "ben@acme.example", PASSWORD).await, 401);

    // Back again: a new session, not the old one.
    olga.patch(&format!("/users/{}", ben.id), &json!({"active": true})).await.ok(200);
    assert_eq!(ben.get("/session").await.status, 401);
    assert_eq!(program.get("/session").await.status, 401, "nor does a token come back");
    assert_eq!(sign_in_status(&world, "ben@acme.example", PASSWORD).await, 200);
}

#[tokio::test]
async fn an_administrators_reset_ends_programs_too_and_ones_own_change_does_not() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (program, _) = ben.program().await;
    ben.post("/me/password", &json!({"current": PASSWORD, "new": NEW_PASSWORD})).await.ok(204);
    assert_eq!(program.get("/session").await.status, 200);
    let mut socket = program.socket().await;
    let since = Instant::now();
    olga.post(&format!("/users/{}/password", ben.id), &json!({"new": PASSWORD})).await.ok(204);
    closes(&mut socket, 4401, since).await;
    assert_eq!(program.get("/session").await.status, 401);
    let ben = Agent::sign_in(&world, "ben@acme.example").await;
    assert_eq!(ben.get("/tokens").await.ok(200)["items"], json!([]));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let elsewhere = Agent::sign_in(&world, "ben@acme.example").await;
    let (mut here, mut there) = (ben.socket().await, elsewhere.socket().await);
    let change = |current: &str, new: &str| json!({"current": current, "new": new});
    ben.post("/me/password", &change("wrong", NEW_PASSWORD)).await.refused(401, "session.wrong_credentials");
    ben.post("/me/password", &change(PASSWORD, "short")).await.refused(422, "input.invalid");
    assert_eq!(elsewhere.get("/session").await.status, 200);

    let since = Instant::now();
    ben.post("/me/password", &change(PASSWORD, NEW_PASSWORD)).await.ok(204);
    closes(&mut there, 4401, since).await;
    assert_eq!(elsewhere.get("/session").await.status, 401);
    assert_eq!(ben.get("/session").await.status, 200, "the session that changed it stays");
    world.visitor().await.says("hello").await;
    here.sees("hello").await;
    assert_eq!(sign_in_status(&world, "ben@acme.example", PASSWORD).await, 401);
    assert_eq!(sign_in_status(&world, "ben@acme.example", NEW_PASSWORD).await, 200);

    // An administrator's reset ends every session.
    let since = Instant::now();
    olga.post(&format!("/users/{}/password", ben.id), &json!({"new": PASSWORD})).await.ok(204);
    closes(&mut here, 4401, since).await;
    assert_eq!(ben.get("/session").await.status, 401);
    assert_eq!(sign_in_status(&world, "ben@acme.example", PASSWORD).await, 200);
}

#[tokio::test]
async fn signing_out_ends_this_session_only() {
    let world = World::new().await;
    let here = world.owner().await;
    let there = world.owner().await;
    let (mut socket, mut other) = (here.socket().await, there.socket().await);
    let since = Instant::now();
    let gone = here.delete("/session").await;
    let cookie = gone.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(gone.status == 204 && cookie.contains("Max-Age=0"), "{cookie}");
    closes(&mut socket, 4401, since).await;
    assert_eq!(here.get("/session").await.status, 401);
    assert_eq!(there.get("/session").await.status, 200);
    world.visitor().await.says("hello").await;
    other.sees("hello").await;
}

#[tokio::test]
async fn a_program_acts_as_its_maker_until_its_token_is_revoked() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (program, token) = ben.program().await;
    let mut socket = program.socket().await;
    assert_eq!(socket.welcome["principal"], json!({"kind": "agent", "id": ben.id}));
    let conversation = world.visitor().await.says("hello").await["conversation"].as_str().unwrap().to_owned();
    socket.sees("hello").await;
    let send = json!({"type": "send", "id": crate::world::new_id(), "conversation": conversation, "text": "Hi"});
    assert_eq!(socket.send(&send).await["type"], "ack");
    assert_eq!(olga.history(&conversation).await.last().unwrap()["author"], json!({"kind": "agent", "id": ben.id}));
    assert_eq!(program.get("/session").await.ok(200)["id"], ben.id.as_str());

    // The secret is nowhere afterwards; the token is only its maker's.
    let listed = ben.get("/tokens").await.ok(200);
    assert_eq!(listed["items"][0]["id"], token.as_str());
    assert!(!listed.to_string().contains(&program.secret) && !world.log().contains(&program.secret));
    assert_eq!(olga.get("/tokens").await.ok(200)["items"], json!([]));
    olga.delete(&format!("/tokens/{token}")).await.refused(404, "not_found");

    let since = Instant::now();
    ben.delete(&format!("/tokens/{token}")).await.ok(204);
    closes(&mut socket, 4401, since).await;
    assert_eq!(program.get("/session").await.status, 401);
    ben.delete(&format!("/tokens/{token}")).await.refused(404, "not_found");
    assert_eq!(ben.get("/session").await.status, 200);
}

#[tokio::test]
async fn a_browser_must_say_that_it_is_our_page() {
    let world = World::new().await;
    let olga = world.owner().await;
    let bare = |method: Method, path: &str| {
        let mut request = world.http.request(method, format!("{}/api/v1{path}", world.url)).json(&json!({"name": "X"}));
        for (name, value) in olga.headers.iter().filter(|(name, _)| name != "origin") {
            request = request.header(name, value);
        }
        request
    };
    let answer = crate::world::answer;
    answer(bare(Method::PATCH, "/me")).await.refused(403, "request.forged");
    let foreign = bare(Method::PATCH, "/me").header("x-parlor-request", "1").header("origin", "https://evil.example");
    answer(foreign).await.refused(403, "request.forged");
    assert_eq!(answer(bare(Method::PATCH, "/me").header("x-parlor-request", "1")).await.status, 200);
    assert_eq!(answer(bare(Method::GET, "/session")).await.status, 200);
    let mut headers = olga.headers.clone();
    headers.retain(|(name, _)| name != "origin");
    headers.push(("origin".into(), "https://evil.example".into()));
    let mut socket = Socket::open(&world.url, &headers).await;
    socket.say(&json!({"type": "hello", "protocol": 1})).await;
    assert_eq!(socket.closed().await, 4401);
}

/// One red pixel, as a GIF.
const GIF: &[u8] = &[
    b'G', b'I', b'F', b'8', b'9', b'a', 1, 0, 1, 0, 0x80, 0, 0, 0xff, 0, 0, 0xff, 0xff, 0xff, 0x2c, 0, 0, 0, 0, 1, 0,
    1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
];

#[tokio::test]
async fn a_picture_is_shown_and_taken_away() {
    let world = World::new().await;
    let olga = world.owner().await;
    let put = async |bytes: Vec<u8>| {
        let mut request = world.http.put(format!("{}/api/v1/me/avatar", world.url)).body(bytes);
        for (name, value) in &olga.headers {
            request = request.header(name, value);
        }
        crate::world::answer(request.header("x-parlor-request", "1").header("content-type", "image/gif")).await
    };
    let picture = async |url: &str| crate::world::answer(world.http.get(format!("{}{url}", world.url))).await;
    let first = put(GIF.to_vec()).await.ok(200)["avatar_url"].as_str().unwrap().to_owned();
    let shown = picture(&first).await;
    assert_eq!(shown.status, 200);
    assert!(shown.headers["content-type"].to_str().unwrap().starts_with("image/"));
    assert_ne!(shown.bytes, GIF, "drawn anew, not passed on");

    put(b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()).await.refused(415, "attachment.unsupported_image");
    assert_eq!(olga.get("/session").await.ok(200)["avatar_url"], first.as_str());
    let visitor = world.visitor().await;
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    olga.says(&conversation, "Hi").await;
    assert_eq!(visitor.history().await[1]["author"]["avatar_url"], first.as_str());

    let second = put(GIF.to_vec()).await.ok(200)["avatar_url"].as_str().unwrap().to_owned();
    assert_ne!(first, second, "an address never shows another picture");
    assert_eq!(picture(&first).await.status, 404);
    assert_eq!(olga.delete("/me/avatar").await.ok(200)["avatar_url"], Value::Null);
    assert_eq!(picture(&second).await.status, 404);
}
