//! How the appliance is, for load balancers, Prometheus, administrators and readers of the log.

use crate::world::{Agent, Answer, PATIENCE, World, answer, new_id, parlor, run_with_input};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn get(world: &World, address: &str, token: Option<&str>) -> Answer {
    let mut request = world.http.get(address);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    answer(request).await
}

async fn metrics(world: &World, token: &str) -> String {
    let told = get(world, &format!("{}/metrics", world.url), Some(token)).await;
    assert_eq!(told.status, 200);
    String::from_utf8(told.bytes).unwrap()
}

/// The value of a line such as `name{label="x"} 3`.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|have| have.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("{line} is not in\n{text}")).parse().unwrap()
}

/// Name and kind of everything that is told.
fn families(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
}

#[tokio::test]
async fn a_load_balancer_learns_when_to_come_and_when_not() {
    let mut world = World::new().await;
    let ready = get(&world, &format!("{}/readyz", world.url), None).await.ok(200);
    let names: Vec<&str> = ready["checks"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["serving", "store_write", "store_read", "migrations", "disk"]);
    assert!(ready["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true), "{ready}");
    assert!(world.stop());
}

#[tokio::test]
async fn the_figures_follow_what_people_do() {
    let world = World::new().await;
    let olga = world.owner().await;
    let token = olga.program().await.0.secret;
    let before = metrics(&world, &token).await;
    let (visitor, _agent) = (world.visitor().await, olga.socket().await);
    let socket = visitor.socket().await;
    for n in 0..5 {
        visitor.says(&format!("{n}")).await;
    }
    world.stranger().post("/session", &json!({"email": "x@x.example", "password": "x"})).await.ok(401);
    world.stranger().get("/conversations").await.ok(401);
    let text = metrics(&world, &token).await;
    let more = |line: &str| value(&text, line) - value(&before, line);
    // Those that were sent, and that a conversation began.
    assert_eq!(value(&text, r#"parlor_events_total{kind="message.created"}"#), 6.0);
    assert_eq!(value(&text, r#"parlor_sockets{side="agent",carrier="websocket"}"#), 1.0);
    assert_eq!(value(&text, r#"parlor_sockets{side="visitor",carrier="websocket"}"#), 1.0);
    assert_eq!(
        value(&text, r#"parlor_http_requests_total{method="POST",route="/api/v1/visitor/messages",status="201"}"#),
        5.0
    );
    assert_eq!(
        value(&text, r#"parlor_http_request_seconds_count{method="POST",route="/api/v1/visitor/messages"}"#),
        5.0
    );
    assert_eq!(value(&text, r#"parlor_problems_total{code="session.wrong_credentials"}"#), 1.0);
    assert_eq!(more("parlor_sign_ins_failed_total"), 1.0);
    assert!(more("parlor_writer_answer_seconds_count") >= 5.0 && more("parlor_store_sync_seconds_count") >= 5.0);
    assert!(value(&text, "process_resident_memory_bytes") > 1e6 && value(&text, "process_cpu_seconds_total") > 0.0);
    assert!(text.ends_with("# EOF\n"));
    // Who hangs up is no longer there.
    drop(socket);
    let begun = Instant::now();
    while value(&metrics(&world, &token).await, r#"parlor_sockets{side="visitor",carrier="websocket"}"#) != 0.0 {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn every_figure_is_documented_and_every_documented_figure_is_there() {
    let world = World::new().await;
    let olga = world.owner().await;
    let token = olga.program().await.0.secret;
    let hook = olga.post("/alert-webhooks", &json!({"url": "http://127.0.0.1:9/"})).await.ok(201);
    olga.post("/webhooks", &json!({"url": "http://127.0.0.1:9/"})).await.ok(201);
    world.visitor().await.says("hello").await;
    world.stranger().get("/conversations").await.ok(401);
    olga.patch("/alert-rules/memory.high", &json!({"threshold": 0, "for_seconds": 0})).await.ok(200);
    olga.delete(&format!("/alert-webhooks/{}", hook["webhook"]["id"].as_str().unwrap())).await.ok(204);
    let documented = include_str!("../../docs/metrics.md");
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        let name = cells.next()?.trim().trim_end_matches('`');
        Some((name, cells.next()?.trim()))
    };
    let documented: BTreeMap<&str, &str> = documented.lines().filter_map(row).collect();
    // Those that have no reading before something went wrong, a timer ran or somebody called.
    let rare = BTreeSet::from([
        "parlor_consumer_failures",
        "parlor_timer_failures",
        "parlor_alert_deliveries",
        "parlor_calls_begun",
        "parlor_calls_ended",
    ]);
    let begun = Instant::now();
    loop {
        let text = metrics(&world, &token).await;
        let told = families(&text);
        assert!(told.iter().all(|(name, kind)| documented.get(name) == Some(kind)), "{told:?} is not {documented:?}");
        let missing: Vec<_> =
            documented.keys().filter(|name| !told.contains_key(*name) && !rare.contains(*name)).collect();
        if missing.is_empty() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "documented, but not told: {missing:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn the_figures_are_for_those_who_may_know() {
    let mut world = World::stopped(&[]);
    std::fs::create_dir_all(world.data().parent().unwrap()).unwrap();
    let file = world.data().with_file_name("metrics-token");
    std::fs::write(&file, "prometheus-0123456789\n").unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.configure(&format!("[metrics]\ntoken_file = {file:?}\nlisten = \"{port}\""));
    world.init();
    world.start().await;
    let olga = world.owner().await;
    let ada = olga.hires(&world, "Ada", "administrator").await;
    let sam = olga.hires(&world, "Sam", "supervisor").await;
    let visitor = world.visitor().await;
    let address = format!("{}/metrics", world.url);
    for (token, status) in [
        (None, 401),
        (Some(""), 401),
        (Some("prometheus-0123456789x"), 401),
        (Some(visitor.token.as_str()), 401),
        (Some(&sam.program().await.0.secret), 403),
        (Some("prometheus-0123456789"), 200),
        (Some(&ada.program().await.0.secret), 200),
    ] {
        assert_eq!(get(&world, &address, token).await.status, status, "{token:?}");
    }
    // The port of this machine asks nobody, and has nothing else.
    assert_eq!(get(&world, &format!("http://{port}/metrics"), None).await.status, 200);
    get(&world, &format!("http://{port}/readyz"), None).await.ok(200);
    get(&world, &format!("http://{port}/healthz"), None).await.ok(200);
    assert_eq!(get(&world, &format!("http://{port}/api/v1/session"), None).await.status, 404);
}

#[tokio::test]
async fn a_port_without_a_token_is_on_this_machine_and_a_token_is_no_short_word() {
    let serve = |toml: &str| {
        let folder = tempfile::tempdir().unwrap();
        let (file, token) = (folder.path().join("parlor.toml"), folder.path().join("token"));
        std::fs::write(&token, "short").unwrap();
        std::fs::write(&file, toml.replace("TOKEN", token.to_str().unwrap())).unwrap();
        let mut command = parlor();
        command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(&file);
        command.arg("--data").arg(folder.path().join("data"));
        let printed = run_with_input(command, "");
        assert!(!printed.success, "{}", printed.text);
        printed.text
    };
    let said = serve("[metrics]\nlisten = \"0.0.0.0:9464\"");
    assert!(said.contains("line 2: [metrics] listen must be on this machine"), "{said}");
    let said = serve("[metrics]\ntoken_file = \"TOKEN\"");
    assert!(said.contains("shorter than 16"), "{said}");
}

/// A word that stands nowhere else.
fn canary(of: &str) -> String {
    format!("Canary{of}Qz{}", &new_id().replace('-', "")[20..])
}

#[tokio::test]
async fn neither_figures_nor_status_nor_log_hold_a_word_of_anybody() {
    let world = World::with(&["--log-level", "debug", "--log-format", "json"]).await;
    let olga = world.owner().await;
    let [name, mail, text, query, method, path] = ["Name", "Mail", "Text", "Query", "Method", "Path"].map(canary);
    let visitor = world.visitor().await;
    visitor.says(&text).await;
    let who = json!({"name": name, "email": format!("{mail}@shop.example")});
    visitor.post("/visitor/identify", &who).await.ok(204);
    olga.get(&format!("/search?q={query}")).await.ok(200);
    olga.get(&format!("/conversations/{query}")).await.ok(400);
    get(&world, &format!("{}/{path}?{query}", world.url), None).await;
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    answer(world.http.request(method.clone(), format!("{}/api/v1/{path}", world.url))).await;
    let strange = world.http.get(format!("{}/healthz", world.url)).header("x-request-id", format!("{mail}@x.example"));
    answer(strange).await;
    world.stranger().post("/session", &json!({"email": format!("{mail}@x.example"), "password": text})).await.ok(401);
    let token = olga.program().await.0.secret;
    sleep(Duration::from_secs(3)).await;
    let told = [
        ("metrics", metrics(&world, &token).await),
        ("status", olga.get("/status").await.ok(200).to_string()),
        ("history", olga.get("/status/history").await.ok(200).to_string()),
        ("log", world.log()),
    ];
    let cookie = olga.headers[0].1.split_once('=').unwrap().1;
    for secret in [&name, &mail, &text, &query, method.as_str(), &path, &token, cookie, &visitor.token] {
        for (where_, words) in &told {
            assert!(!words.contains(secret), "{secret} is in the {where_}");
        }
    }
    for line in world.log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        if line["target"] == "parlor::request" {
            assert!(line["request_id"].is_string(), "{line}");
        }
    }
}

#[tokio::test]
async fn a_request_is_found_in_the_log_by_its_id() {
    let world = World::with(&["--log-level", "debug", "--log-format", "json"]).await;
    let (url, given) = (format!("{}/api/v1/conversations", world.url), "9f86d081-884c-4d65-9a2f-eaa0c55ad015");
    let told = answer(world.http.get(&url).header("x-request-id", given)).await;
    assert_eq!(told.headers["x-request-id"], given);
    assert_eq!(told.refused(401, "session.required")["request_id"], given);
    let own = answer(world.http.get(&url).header("x-request-id", "not one")).await;
    let own_id = own.headers["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(own.refused(401, "session.required")["request_id"], own_id.as_str());
    let lines: Vec<Value> = world.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for id in [given, &own_id] {
        assert!(lines.iter().any(|line| line["request_id"] == id && line["status"] == 401), "{id}");
    }
    // For people as well.
    let world = World::new().await;
    let told = answer(world.http.get(format!("{}/healthz", world.url)).header("x-request-id", given)).await;
    assert_eq!(told.headers["x-request-id"], given);
    let line = world.log().lines().find(|line| line.contains("/healthz")).unwrap().to_owned();
    assert!(line.ends_with(&format!("request_id={given}")), "{line}");
}

async fn until_status(olga: &Agent, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let status = olga.get("/status").await.ok(200);
        if wanted(&status) {
            return status;
        }
        assert!(begun.elapsed() < PATIENCE, "{status}");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn an_administrator_sees_how_it_is() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let _socket = visitor.socket().await;
    let first = until_status(&olga, |status| status["at"].as_i64() > Some(0)).await;
    visitor.says("hello").await;
    let open = |status: &Value| {
        let all = status["sockets"].as_array().unwrap();
        all.iter().map(|sockets| sockets["open"].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"));
    let status = until_status(&olga, |status| open(status) == 1 && status["messages_per_s"].as_f64() > Some(0.0)).await;
    assert!(status["answer_p99_ms"].as_f64().unwrap() > 0.0, "{status}");
    assert!(
        status["disk"]["free_bytes"].as_i64() > Some(0) && status["store_bytes"].as_i64() > Some(10_000),
        "{status}"
    );
    assert_eq!(status["keys"]["master_key_in_data"], true);
    assert!(status["backup"].is_null() && status["certificate"].is_null(), "{status}");
    // What went wrong is counted by its code.
    world.stranger().get("/conversations").await.ok(401);
    until_status(&olga, |status| status["problems"].to_string().contains("session.required")).await;
    let points = olga.get("/status/history").await.ok(200);
    assert!(points["points"][0]["memory_bytes"].as_f64() > Some(1e6), "{points}");
}
