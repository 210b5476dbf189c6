//! The first minutes of a server, and the operator at its command line.

use crate::world::{Agent, OWNER, PASSWORD, Printed, World, new_id, parlor, run_with_input};
use serde_json::{Value, json};

fn form(secret: &str) -> Value {
    json!({
        "secret": secret, "organisation": "Acme", "locale": "zh-CN", "time_zone": "Asia/Shanghai",
        "admin": {"name": "Olga", "email": OWNER, "password": PASSWORD}, "channel": {"name": "Shop"},
    })
}

/// The secret of the printed link.
fn secret(world: &World) -> String {
    let link = world.printed.split_whitespace().find(|word| word.contains("/setup#")).expect("a link");
    assert!(link.starts_with(&world.url), "{link}");
    link.split('#').nth(1).unwrap().to_owned()
}

fn run(world: &World, arguments: &[&str], input: &str) -> Printed {
    let mut command = parlor();
    command.args(arguments).arg("--data").arg(world.data());
    run_with_input(command, input)
}

fn init(world: &World) -> Printed {
    let arguments = ["init", "--organisation", "Other", "--admin-email", "x@x.example", "--admin-name", "X"];
    run(world, &[&arguments[..], &["--password-stdin"]].concat(), PASSWORD)
}

#[tokio::test]
async fn the_printed_link_sets_the_server_up_once() {
    let mut world = World::bare().await;
    let stranger = world.stranger();
    assert_eq!(stranger.get("/setup").await.ok(200), json!({"needed": true}));
    let link = secret(&world);
    stranger.post("/setup", &form("set_wrong")).await.refused(403, "setup.wrong_secret");
    let mut wrong = form(&link);
    wrong["admin"]["email"] = "nobody".into();
    wrong["admin"]["password"] = "short".into();
    let refused = stranger.post("/setup", &wrong).await.refused(422, "input.invalid");
    let fields = json!([{"field": "admin.email", "code": "invalid"}, {"field": "admin.password", "code": "too_short"}]);
    assert_eq!(refused["fields"], fields);
    assert_eq!(stranger.get("/setup").await.ok(200), json!({"needed": true}), "the link is still good");

    let answer = stranger.post("/setup", &form(&link)).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let done = answer.ok(200);
    assert_eq!((&done["me"]["role"], &done["me"]["locale"]), (&json!("owner"), &json!("zh-CN")));
    assert_eq!(done["me"]["organisation"]["time_zone"], "Asia/Shanghai");
    let mut signed_in = stranger.clone();
    signed_in.headers = vec![("cookie".into(), cookie.split(';').next().unwrap().to_owned())];
    assert_eq!(signed_in.get("/session").await.ok(200)["name"], "Olga");
    assert_eq!(stranger.get("/setup").await.ok(200), json!({"needed": false}));
    for again in [link.as_str(), "set_wrong"] {
        let refused = stranger.post("/setup", &form(again)).await;
        assert!(matches!(refused.status, 403 | 409), "{}", refused.status);
    }
    assert_eq!(signed_in.get("/users").await.ok(200)["items"].as_array().unwrap().len(), 1);

    // The channel works, and the next start finds everything and prints no link.
    world.channel_key = done["channel"]["key"].as_str().unwrap().to_owned();
    let visitor = world.visitor().await;
    visitor.says("你好").await;
    assert!(world.stop());
    world.start().await;
    assert!(!world.printed.contains("/setup"), "{}", world.printed);
    let olga = world.owner().await;
    assert_eq!(olga.inbox("all").await[0]["last_message"]["text"], "你好");
    assert!(!world.log().contains(&link) && !world.log().contains(PASSWORD));
}

#[tokio::test]
async fn a_link_not_used_is_replaced_at_the_next_start() {
    let mut world = World::bare().await;
    let old = secret(&world);
    assert!(world.stop());
    world.start().await;
    let new = secret(&world);
    assert_ne!(old, new);
    let stranger = world.stranger();
    stranger.post("/setup", &form(&old)).await.refused(403, "setup.wrong_secret");
    stranger.post("/setup", &form(&new)).await.ok(200);
}

#[tokio::test]
async fn before_the_set_up_there_is_nothing_to_sign_in_to() {
    let world = World::bare().await;
    let stranger = world.stranger();
    let credentials = json!({"email": OWNER, "password": PASSWORD});
    stranger.post("/session", &credentials).await.refused(401, "session.wrong_credentials");
    stranger.post("/visitor/session", &json!({"channel": "wc_x"})).await.refused(404, "not_found");
    stranger.get("/users").await.refused(401, "session.required");
    let mut listed = parlor();
    listed.args(["user", "list", "--data"]).arg(world.data().join("elsewhere"));
    assert!(!run_with_input(listed, "").success, "no store is made by mistake");
    assert!(!world.data().join("elsewhere").exists());
}

#[tokio::test]
async fn two_set_ups_at_once_make_one_organisation() {
    let world = World::bare().await;
    let link = secret(&world);
    let stranger = world.stranger();
    let form = form(&link);
    let (one, two) = tokio::join!(stranger.post("/setup", &form), stranger.post("/setup", &form));
    assert_eq!(one.status.min(two.status), 200);
    assert!(matches!(one.status.max(two.status), 403 | 409), "{} {}", one.status, two.status);
    let olga = world.owner().await;
    assert_eq!(olga.get("/channels").await.ok(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_command_line_sets_up_once_and_manages_people() {
    let mut world = World::stopped(&[]);
    world.init();
    let again = init(&world);
    assert!(!again.success && again.text.contains("exists already"), "{}", again.text);

    let ben = ["--name", "Ben", "--email", "ben@acme.example", "--role", "agent", "--password-stdin"];
    let add = [&["user", "add"], &ben[..]].concat();
    let weak = run(&world, &add, "short");
    assert!(!weak.success && weak.text.contains("password"), "{}", weak.text);
    assert!(run(&world, &add, PASSWORD).success);
    assert!(!run(&world, &add, PASSWORD).success, "the address is taken");
    let listed = run(&world, &["user", "list"], "");
    assert!(listed.success);
    for line in ["owner@acme.example\towner\tOlga", "ben@acme.example\tagent\tBen"] {
        assert!(listed.text.contains(line), "{}", listed.text);
    }
    world.start().await;
    let ben = Agent::sign_in(&world, "ben@acme.example").await;

    // The store is the server's while it serves: it is the one that does what the command says.
    let listed = run(&world, &["user", "list"], "");
    assert!(listed.success && listed.text.contains("ben@acme.example\tagent\tBen"), "{}", listed.text);
    let taken = run(&world, &add, PASSWORD);
    assert!(!taken.success && taken.text.contains("has this e-mail address"), "{}", taken.text);
    let cleo = ["--name", "Cleo", "--email", "cleo@acme.example", "--role", "agent", "--password-stdin"];
    assert!(run(&world, &[&["user", "add"], &cleo[..]].concat(), PASSWORD).success);
    Agent::sign_in(&world, "cleo@acme.example").await;
    let refused = run(&world, &["serve", "--listen", "127.0.0.1:0"], "");
    assert!(!refused.success && refused.text.contains("a running Parlor holds"), "{}", refused.text);
    let refused = init(&world);
    assert!(!refused.success && refused.text.contains("a running Parlor holds"), "{}", refused.text);
    assert_eq!(ben.get("/session").await.status, 200, "and is not disturbed");

    assert!(world.stop());
    let reset = ["user", "reset-password", "--email", OWNER, "--password-stdin"];
    assert!(run(&world, &reset, "another-long-word-9").success);
    let nobody = ["user", "reset-password", "--email", "no@acme.example", "--password-stdin"];
    assert!(!run(&world, &nobody, "another-long-word-9").success);
    world.start().await;
    let sign_in = async |password: &str| {
        world.stranger().post("/session", &json!({"email": OWNER, "password": password})).await.status
    };
    assert_eq!((sign_in(PASSWORD).await, sign_in("another-long-word-9").await), (401, 200));
    let visitor = world.visitor().await;
    visitor.says_with_id(&new_id(), "hello").await.ok(201);
}

/// The link in the journal may be long gone: the operator asks for another, and the one before is worth nothing.
#[tokio::test]
async fn the_operator_gets_the_link_again_until_it_was_used() {
    let mut world = World::bare().await;
    let (first, printed) = (secret(&world), run(&world, &["setup-link"], ""));
    assert!(printed.success, "{}", printed.text);
    world.printed = printed.text.replace("http://127.0.0.1:8080", &world.url);
    let second = secret(&world);
    let stranger = world.stranger();
    stranger.post("/setup", &form(&first)).await.refused(403, "setup.wrong_secret");
    stranger.post("/setup", &form(&second)).await.ok(200);
    let printed = run(&world, &["setup-link"], "");
    assert!(printed.success && !printed.text.contains("/setup"), "{}", printed.text);
}

#[tokio::test]
async fn without_a_server_there_is_no_link() {
    let printed = run(&World::stopped(&[]), &["setup-link"], "");
    assert!(!printed.success && printed.text.contains("no server runs"), "{}", printed.text);
}
