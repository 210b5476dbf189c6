//! Calls as people have them, but for sound and pictures: ringing, taking, leaving, and who learns what.

use crate::world::{Agent, Socket, Visitor, World};
use serde_json::{Value, json};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(300);

/// An organisation whose channel has calls.
async fn office(calls: Value) -> (World, Agent) {
    let world = World::new().await;
    let olga = world.owner().await;
    allow(&olga, calls).await;
    (world, olga)
}

async fn allow(olga: &Agent, mut calls: Value) {
    calls["enabled"] = true.into();
    let channel = olga.get("/channels").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();
    olga.patch(&format!("/channels/{channel}"), &json!({"settings": {"calls": calls}})).await.ok(200);
}

async fn calls(agent: &Agent, conversation: &str, media: &str) -> Value {
    agent.post(&format!("/conversations/{conversation}/calls"), &json!({"media": media})).await.ok(201)
}

fn id(call: &Value) -> String {
    call["id"].as_str().unwrap().to_owned()
}

/// The next state of a call that somebody hears of.
async fn hears(socket: &mut Socket, state: &str) -> Value {
    let frame = socket.until(|f| f["type"] == "call.updated" && f["call"]["state"] == state).await;
    assert!(frame["cursor"].is_string() && frame["call"]["position"] == frame["position"], "{frame}");
    frame["call"].clone()
}

async fn does(who: &crate::world::Door, side: &str, call: &str, what: &str) -> crate::world::Answer {
    who.post(&format!("{side}/calls/{call}/{what}"), &json!({})).await
}

fn activities(history: &[Value]) -> Vec<(String, Value)> {
    let of_call = history.iter().filter(|m| m["activity"]["call"].is_string());
    of_call.map(|m| (m["activity"]["verb"].as_str().unwrap().to_owned(), m["activity"]["call"].clone())).collect()
}

#[tokio::test]
async fn an_agent_calls_the_customer_answers_and_both_histories_say_so() {
    let (world, olga) = office(json!({})).await;
    let (lily, conversation) = world.begun().await;
    let refused = olga.post(&format!("/conversations/{conversation}/calls"), &json!({"media": "audio"})).await;
    refused.refused(409, "call.customer_offline");
    let (mut page, mut desk) = (lily.socket().await, olga.socket().await);

    let call = calls(&olga, &conversation, "video").await;
    assert_eq!(
        (&call["state"], &call["direction"], &call["media"]),
        (&json!("ringing"), &json!("agent"), &json!("video"))
    );
    let rings = hears(&mut page, "ringing").await;
    assert_eq!(rings["participants"][0]["name"], "Olga");
    assert_eq!(rings["participants"][0]["user"], Value::Null, "a customer sees faces, not numbers");
    hears(&mut desk, "ringing").await;
    assert_eq!(lily.get("/visitor/calls/current").await.ok(200)["call"]["id"], call["id"]);
    assert_eq!(olga.get("/calls/current").await.ok(200)["call"]["id"], call["id"]);

    let call = id(&call);
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    let answered = hears(&mut desk, "connecting").await;
    assert!(answered["answered_at"].as_i64() >= answered["created_at"].as_i64());
    does(&lily, "/visitor", &call, "hang-up").await.ok(200);
    let over = hears(&mut desk, "ended").await;
    assert_eq!((&over["reason"], &over["participants"][1]["state"]), (&json!("hung_up"), &json!("left")));
    hears(&mut page, "ended").await;
    assert_eq!(lily.get("/visitor/calls/current").await.ok(200), json!({"call": null}));
    assert_eq!(olga.get("/calls/current").await.ok(200), json!({"call": null}));

    let told = [("call_started".to_owned(), json!(call)), ("call_ended".to_owned(), json!(call))];
    assert_eq!(activities(&olga.history(&conversation).await), told);
    assert_eq!(activities(&lily.history().await), told);
    let list = olga.get(&format!("/conversations/{conversation}/calls")).await.ok(200);
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["quality"]), (&json!(call), &json!([])));
}

#[tokio::test]
async fn a_visitor_asks_and_the_first_agent_has_it() {
    let (world, olga) = office(json!({"visitors_may_ask": true})).await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let lily = world.visitor().await;
    let mut page = lily.socket().await;
    let ask = json!({"media": "audio"});
    lily.post("/visitor/calls", &ask).await.refused(409, "call.nobody_here");
    assert_eq!(lily.history().await.len(), 0, "who reached nobody has begun nothing");
    let (mut desk, mut bens) = (olga.socket().await, ben.socket().await);
    let call = id(&lily.post("/visitor/calls", &ask).await.ok(201));
    let rings = hears(&mut page, "ringing").await;
    assert_eq!(rings["participants"].as_array().unwrap().len(), 1, "whom it rings at is the house's business");
    let rings = hears(&mut bens, "ringing").await;
    assert_eq!(rings["participants"].as_array().unwrap().len(), 3);
    lily.post("/visitor/calls", &ask).await.refused(409, "call.busy");
    does(&ben, "", &call, "accept").await.ok(200);
    let taken = hears(&mut desk, "connecting").await;
    assert_eq!(taken["participants"].as_array().unwrap().len(), 2);
    does(&olga, "", &call, "accept").await.refused(409, "call.taken");
    does(&olga, "", &call, "hang-up").await.refused(403, "call.not_allowed");
    let conversation = taken["conversation"].as_str().unwrap();
    assert_eq!(olga.get(&format!("/conversations/{conversation}")).await.ok(200)["assignee"], ben.id.as_str());
    does(&ben, "", &call, "hang-up").await.ok(200);
    does(&ben, "", &call, "hang-up").await.ok(200);
    does(&lily, "/visitor", &call, "accept").await.refused(409, "call.over");
}

#[tokio::test]
async fn a_channel_without_calls_has_none_and_others_calls_do_not_exist() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (lily, conversation) = world.begun().await;
    let _page = lily.socket().await;
    let path = format!("/conversations/{conversation}/calls");
    olga.post(&path, &json!({"media": "audio"})).await.refused(403, "call.not_allowed");
    lily.post("/visitor/calls", &json!({"media": "audio"})).await.refused(403, "call.not_allowed");
    allow(&olga, json!({"video": false})).await;
    olga.post(&path, &json!({"media": "video"})).await.refused(403, "call.not_allowed");
    olga.post(&path, &json!({"media": "smoke"})).await.refused(422, "input.invalid");
    lily.post("/visitor/calls", &json!({"media": "audio"})).await.refused(403, "call.not_allowed");
    let call = id(&calls(&olga, &conversation, "audio").await);
    let mallory = world.visitor().await;
    for what in ["accept", "decline", "hang-up"] {
        does(&mallory, "/visitor", &call, what).await.refused(404, "not_found");
    }
    mallory.get(&format!("/visitor/calls/{call}/ice")).await.refused(404, "not_found");
    assert_eq!(mallory.get("/visitor/calls/current").await.ok(200)["call"], Value::Null);
}

#[tokio::test]
async fn what_a_page_missed_is_told_when_it_comes_back() {
    let (world, olga) = office(json!({})).await;
    let (lily, conversation) = world.begun().await;
    let page = lily.socket().await;
    let mut desk = olga.socket().await;
    let call = id(&calls(&olga, &conversation, "audio").await);
    let cursor = hears(&mut desk, "ringing").await;
    drop((page, desk));
    does(&olga, "", &call, "cancel").await.ok(200);
    let missed = |told: Vec<Value>| told.into_iter().filter(|f| f["type"] == "call.updated").collect::<Vec<_>>();
    let (_page, told) = lily.socket_from(&lily.cursor).await;
    let told = missed(told);
    assert_eq!((told.len(), &told[0]["call"]["reason"]), (1, &json!("cancelled")));
    assert!(told[0]["call"]["position"].as_i64() > cursor["position"].as_i64());
}

#[tokio::test]
async fn drawings_pass_to_those_who_see_the_picture_and_are_kept() {
    let (world, olga) = office(json!({})).await;
    let (lily, conversation) = world.begun().await;
    let (mut page, mut desk) = (lily.socket().await, olga.socket().await);
    let call = id(&calls(&olga, &conversation, "video").await);
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    let answered = hears(&mut desk, "connecting").await;
    let on = format!("{}/camera", answered["participants"][1]["leg"].as_str().unwrap());
    let stroke = |id: &str, points: Value| json!({"id": id, "on": on, "tool": "pen", "colour": "#ff0000", "points": points, "done": true});
    let good = stroke("s-1", json!([[0.1, 0.2], [0.3, 0.4]]));
    desk.say(&json!({"type": "call.draw", "call": call, "stroke": good})).await;
    let drawn = page.next_of("call.draw").await;
    assert_eq!((&drawn["stroke"]["points"], &drawn["call"]), (&good["points"], &json!(call)));
    assert_eq!(drawn["leg"], answered["participants"][0]["leg"]);
    let path = format!("/calls/{call}/strokes");
    olga.post(&path, &json!({"stroke": good})).await.ok(204);
    olga.post(&path, &json!({"stroke": good})).await.ok(204);
    lily.post(&format!("/visitor{path}"), &json!({"stroke": stroke("s-1", json!([[0.5, 0.5]]))})).await.ok(204);
    let kept = lily.get(&format!("/visitor{path}")).await.ok(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 2);
    olga.post(&path, &json!({"stroke": {"id": "s-1", "undo": true}})).await.ok(204);
    assert_eq!(olga.get(&path).await.ok(200)["items"].as_array().unwrap().len(), 1);

    let far: Vec<_> = (0..201).map(|_| json!([0.5, 0.5])).collect();
    let mut no_leg = stroke("a", json!([]));
    no_leg["on"] = "leg_999/camera".into();
    let mut no_tool = stroke("a", json!([]));
    no_tool["tool"] = "flame".into();
    for bad in [stroke("a", json!(far)), stroke("a", json!([[1.5, 0.0]])), stroke("<b>", json!([])), no_leg, no_tool] {
        olga.post(&path, &json!({"stroke": bad})).await.refused(422, "input.invalid");
        page.say(&json!({"type": "call.draw", "call": call, "stroke": bad})).await;
        assert_eq!(page.next_of("error").await["code"], "input.invalid");
    }
    let mut mallory = world.visitor().await.socket().await;
    mallory.say(&json!({"type": "call.draw", "call": call, "stroke": good})).await;
    assert_eq!(mallory.next_of("error").await["code"], "not_found");
    desk.hears_no("call.draw", SHORT).await;
}

#[tokio::test]
async fn whoever_loses_the_channel_leaves_its_call_and_draws_no_more() {
    let (world, olga) = office(json!({})).await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (lily, conversation) = world.begun().await;
    let (mut page, mut bens) = (lily.socket().await, ben.socket().await);
    let call = id(&calls(&ben, &conversation, "video").await);
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    let answered = hears(&mut bens, "connecting").await;
    let on = format!("{}/camera", answered["participants"][1]["leg"].as_str().unwrap());
    let stroke = json!({"id": "s", "on": on, "tool": "pen", "colour": "#ff0000", "points": [[0.1, 0.2]], "done": true});
    let draw = json!({"type": "call.draw", "call": call, "stroke": stroke});
    bens.say(&draw).await;
    page.next_of("call.draw").await;

    let channel = olga.get("/channels").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let alone = json!({"everyone": false, "members": [olga.id]});
    olga.patch(&format!("/channels/{channel}"), &alone).await.ok(200);
    let over = hears(&mut page, "ended").await;
    assert_eq!(over["reason"], "hung_up");
    let mut bens = ben.socket().await;
    bens.say(&draw).await;
    assert_eq!(bens.next_of("error").await["code"], "not_found");
    page.hears_no("call.draw", SHORT).await;
}

#[tokio::test]
async fn whoever_draws_without_end_is_slowed_down() {
    let world = World::limited("call_draws = { times = 5, seconds = 60 }").await;
    let olga = world.owner().await;
    allow(&olga, json!({})).await;
    let (lily, conversation) = world.begun().await;
    let mut page = lily.socket().await;
    let call = calls(&olga, &conversation, "audio").await;
    does(&lily, "/visitor", &id(&call), "accept").await.ok(200);
    let on = format!("{}/screen", call["participants"][0]["leg"].as_str().unwrap());
    let stroke = json!({"id": "p", "on": on, "tool": "pointer", "points": [[0.5, 0.5]]});
    for _ in 0..6 {
        page.say(&json!({"type": "call.draw", "call": call["id"], "stroke": stroke})).await;
    }
    assert_eq!(page.next_of("error").await["code"], "rate.limited");
}

#[tokio::test]
async fn reports_of_a_line_become_means_that_agents_read() {
    let (world, olga) = office(json!({})).await;
    let (lily, conversation) = world.begun().await;
    let _page = lily.socket().await;
    let call = id(&calls(&olga, &conversation, "audio").await);
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    let path = format!("/visitor/calls/{call}/quality");
    lily.post(&path, &json!({"loss_up": 0.02, "rtt_ms": 40, "kbit_down": 600, "freezes": 1})).await.ok(204);
    lily.post(&path, &json!({"loss_up": 0.04, "rtt_ms": 60.5, "kbit_down": 400, "freezes": 1})).await.ok(204);
    lily.post(&path, &json!({"loss_up": "much"})).await.refused(400, "request.malformed");
    let list = olga.get(&format!("/conversations/{conversation}/calls")).await.ok(200);
    let quality = &list["items"][0]["quality"][0];
    assert_eq!(
        (&quality["source"], &quality["freezes"], &quality["kbit_down"]),
        (&json!("client"), &json!(2), &json!(500))
    );
    assert_eq!((quality["loss_up"].as_f64(), quality["rtt_ms"].as_f64()), (Some(0.03), Some(50.25)));
    lily.post(&path, &json!({"loss_up": -5, "rtt_ms": 1e300})).await.ok(204);
}

#[tokio::test]
async fn a_supervisor_listens_without_a_trace_at_the_customer_s() {
    let (world, olga) = office(json!({})).await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (lily, conversation) = world.begun().await;
    let (mut page, mut desk) = (lily.socket().await, ben.socket().await);
    let call = id(&calls(&ben, &conversation, "audio").await);
    let supervise = |who: Agent, mode: &'static str| {
        let path = format!("/calls/{call}/supervise");
        async move { who.post(&path, &json!({"mode": mode})).await }
    };
    supervise(olga.clone(), "listen").await.refused(409, "call.over");
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    supervise(ben.clone(), "listen").await.refused(403, "role.insufficient");
    supervise(olga.clone(), "shout").await.refused(422, "input.invalid");
    hears(&mut page, "connecting").await;
    let listening = supervise(olga.clone(), "listen").await.ok(200);
    assert_eq!(listening["participants"][2]["role"], "listens");
    desk.until(|f| f["call"]["participants"][2]["role"] == "listens").await;
    page.hears_no("call.updated", SHORT).await;
    let current = lily.get("/visitor/calls/current").await.ok(200);
    assert_eq!(current["call"]["participants"].as_array().unwrap().len(), 2);
    supervise(olga.clone(), "barge").await.ok(200);
    let seen = page.next_of("call.updated").await;
    assert_eq!(seen["call"]["participants"][2]["name"], "Olga");
}

#[tokio::test]
async fn consent_is_kept_with_its_moment_and_refusing_ends_the_call() {
    let (world, olga) = office(json!({"recording": "always", "consent": "ask", "consent_text": "We record."})).await;
    let (lily, conversation) = world.begun().await;
    let _page = lily.socket().await;
    let call = calls(&olga, &conversation, "audio").await;
    assert_eq!(
        (&call["recording"]["state"], &call["policy"]["consent_text"]),
        (&json!("waiting_for_consent"), &json!("We record."))
    );
    let consent = |call: String, agreed: bool| {
        let (lily, path) = (lily.door.clone(), format!("/visitor/calls/{call}/consent"));
        async move { lily.post(&path, &json!({"agreed": agreed})).await }
    };
    consent(id(&call), true).await.ok(204);
    let agreed = olga.get(&format!("/calls/{}", id(&call))).await.ok(200);
    assert_eq!(agreed["recording"]["consent"], "agreed");
    assert!(agreed["recording"]["at"].as_i64() >= agreed["created_at"].as_i64());
    consent(id(&call), false).await.refused(409, "call.over");
    does(&olga, "", &id(&call), "cancel").await.ok(200);
    let call = id(&calls(&olga, &conversation, "audio").await);
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    consent(call.clone(), false).await.ok(204);
    let over = olga.get(&format!("/calls/{call}")).await.ok(200);
    assert_eq!(
        (&over["state"], &over["reason"], &over["recording"]["consent"]),
        (&json!("ended"), &json!("declined"), &json!("refused"))
    );
}

#[tokio::test]
async fn a_server_that_was_killed_has_no_call_when_it_comes_back() {
    let mut world = World::stopped(&[]);
    world.settle();
    world.init();
    world.start().await;
    let olga = world.owner().await;
    allow(&olga, json!({})).await;
    let (lily, conversation) = world.begun().await;
    let page = lily.socket().await;
    let call = id(&calls(&olga, &conversation, "audio").await);
    does(&lily, "/visitor", &call, "accept").await.ok(200);
    world.kill();
    drop(page);
    world.start().await;
    let over = olga.get(&format!("/calls/{call}")).await.ok(200);
    assert_eq!((&over["state"], &over["reason"]), (&json!("ended"), &json!("lost")));
    let (_page, told) = lily.socket_from(&lily.cursor).await;
    assert!(told.iter().any(|f| f["type"] == "call.updated" && f["call"]["reason"] == "lost"));
    calls(&olga, &conversation, "audio").await;
}

#[tokio::test]
async fn nobody_takes_it_and_it_is_missed_after_45_seconds() {
    let (world, olga) = office(json!({})).await;
    let (lily, conversation): (Visitor, String) = world.begun().await;
    let mut page = lily.socket().await;
    calls(&olga, &conversation, "audio").await;
    hears(&mut page, "ringing").await;
    // Reading all the while answers the server's pings.
    let is_over = |f: &Value| f["type"] == "call.updated" && f["call"]["state"] == "ended";
    assert_eq!(page.waits_for(is_over, Duration::from_secs(40)).await, None, "too early");
    assert_eq!(olga.get("/calls/current").await.ok(200)["call"]["state"], "ringing");
    let over = page.waits_for(is_over, Duration::from_secs(20)).await.expect("the end");
    assert_eq!(over["call"]["reason"], "missed");
    assert_eq!(activities(&lily.history().await)[0].0, "call_missed");
}

#[tokio::test]
async fn a_port_that_is_taken_keeps_the_server_from_starting_and_is_named() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let mut world = World::stopped(&["--calls-listen", &listen]);
    world.init();
    assert!(!world.try_start().await);
    let log = world.log();
    assert!(log.contains(&listen) && log.contains("[calls] listen"), "{log}");
    drop(taken);
    world.start().await;
}

#[tokio::test]
async fn a_server_without_calls_opens_no_port_and_says_so() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let world = World::configured(&format!("[calls]\nenabled = false\nlisten = \"{listen}\"")).await;
    let olga = world.owner().await;
    allow(&olga, json!({"visitors_may_ask": true})).await;
    let (lily, conversation) = world.begun().await;
    let _page = lily.socket().await;
    let path = format!("/conversations/{conversation}/calls");
    olga.post(&path, &json!({"media": "audio"})).await.refused(503, "call.disabled");
    lily.post("/visitor/calls", &json!({"media": "audio"})).await.refused(503, "call.disabled");
}

#[tokio::test]
async fn a_line_needs_an_offer_that_can_be_answered_and_a_part_in_the_call() {
    let (world, olga) = office(json!({})).await;
    let (lily, conversation) = world.begun().await;
    let _page = lily.socket().await;
    let call = id(&calls(&olga, &conversation, "video").await);
    let join = |side: &str| format!("{side}/calls/{call}/join");
    lily.post(&join("/visitor"), &json!({"offer": "v=0"})).await.refused(409, "call.over");
    olga.post(&join(""), &json!({"offer": "v=0\r\n"})).await.refused(422, "input.invalid");
    let long = "a".repeat((64 << 10) + 1);
    let refused = olga.post(&join(""), &json!({"offer": long})).await.refused(422, "input.invalid");
    assert_eq!(refused["fields"][0]["code"], "too_long");
    let ice = olga.get(&format!("/calls/{call}/ice")).await.ok(200);
    let servers = &ice["servers"][0];
    assert!(servers["urls"][0].as_str().unwrap().starts_with("turn:127.0.0.1:"), "{ice}");
    assert!(!servers["credential"].as_str().unwrap().is_empty());
    let ben = olga.hires(&world, "Ben", "agent").await;
    ben.get(&format!("/calls/{call}/ice")).await.refused(403, "call.not_allowed");
}
