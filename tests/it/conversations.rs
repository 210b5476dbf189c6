//! A visitor and agents talk: what is written arrives, once, in one order, as it was written.

use crate::world::{Socket, World, new_id};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test]
async fn a_visitor_writes_and_an_agent_answers() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mut desk = olga.socket().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;

    visitor.says("你好，我要退款 😀\nsecond line").await;
    let seen = desk.sees("你好，我要退款 😀\nsecond line").await;
    let conversation = seen["message"]["conversation"].as_str().unwrap().to_owned();

    olga.says(&conversation, "Which order?").await;
    let answer = chat.sees("Which order?").await;
    assert_eq!(answer["message"]["author"]["name"], "Olga");
}

/// The next messages of a socket, in the order of their coming.
async fn messages(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut heard = Vec::new();
    while heard.len() < count {
        heard.push(socket.next_of("message.created").await["message"].take());
    }
    heard
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter(|m| m["kind"] == "text").map(|m| m["text"].as_str().unwrap()).collect()
}

fn seqs(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(|m| m["seq"].as_i64().unwrap()).collect()
}

fn one_to(last: i64) -> Vec<i64> {
    (1..=last).collect()
}

#[tokio::test]
async fn everybody_sees_one_order_without_a_gap_while_all_write_at_once() {
    let world = World::limited("visitor_messages = { times = 1000, seconds = 1 }").await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let visitor = world.visitor().await;
    let (mut desk, mut bens_desk, mut chat) = (olga.socket().await, ben.socket().await, visitor.socket().await);
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();

    let theirs = join_all((0..30).map(|n| {
        let visitor = visitor.clone();
        async move { visitor.says(&format!("question {n}")).await }
    }));
    let answers = join_all((0..30).map(|n| {
        let (olga, conversation) = (olga.clone(), conversation.clone());
        async move { olga.says(&conversation, &format!("answer {n}")).await }
    }));
    let notes = join_all((0..20).map(|n| {
        let (ben, conversation) = (ben.clone(), conversation.clone());
        async move { ben.notes(&conversation, &format!("note {n}")).await }
    }));
    let (theirs, answers, _) = tokio::join!(theirs, answers, notes);

    // Opened, hello, Olga's taking on, and the 80.
    let seen = messages(&mut desk, 83).await;
    assert_eq!(seqs(&seen), one_to(83));
    assert_eq!(messages(&mut bens_desk, 83).await, seen);
    assert_eq!(olga.history(&conversation).await, seen);
    let orders: Vec<i64> = seen.iter().map(|m| m["order"].as_i64().unwrap()).collect();
    assert!(orders.is_sorted_by(|a, b| a < b), "{orders:?}");

    let in_chat = messages(&mut chat, 61).await;
    assert_eq!(seqs(&in_chat), one_to(61));
    assert_eq!(texts(&in_chat), texts(&seen));
    assert_eq!(visitor.history().await, in_chat);
    // Each sender was told the place where everybody found the message.
    for (receipts, place) in [(theirs, &in_chat), (answers, &seen)] {
        for receipt in receipts {
            let found = place.iter().find(|m| m["order"] == receipt["order"]).unwrap();
            assert_eq!((&found["seq"], &found["at"]), (&receipt["seq"], &receipt["at"]));
        }
    }
}

#[tokio::test]
async fn a_repeated_message_is_stored_once_and_gets_the_first_receipt() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    let id = new_id();

    let receipt = visitor.says_with_id(&id, "hello").await.ok(201);
    visitor.says("something between").await;
    assert_eq!(visitor.says_with_id(&id, "hello").await.ok(201), receipt);
    let ack = chat.send(&json!({"type": "send", "id": id, "text": "hello"})).await;
    assert_eq!(ack["type"], "ack");
    for field in ["conversation", "seq", "order", "at", "position"] {
        assert_eq!(ack[field], receipt[field], "{field}");
    }
    let conversation = receipt["conversation"].as_str().unwrap();
    assert_eq!(texts(&olga.history(conversation).await), ["hello", "something between"]);
    assert_eq!(texts(&visitor.history().await), ["hello", "something between"]);

    // The other way round: first by socket, again by REST, and by an agent.
    let id = new_id();
    let frame = json!({"type": "send", "id": id, "conversation": conversation, "text": "Hi"});
    let mut desk = olga.socket().await;
    let ack = desk.send(&frame).await;
    assert_eq!(desk.send(&frame).await, ack);
    let path = format!("/conversations/{conversation}/messages");
    let again = olga.post(&path, &json!({"client_id": id, "text": "Hi"})).await.ok(201);
    assert_eq!((&again["seq"], &again["position"]), (&ack["seq"], &ack["position"]));
}

#[tokio::test]
async fn an_id_used_for_other_words_is_refused_and_nothing_is_stored() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    let id = new_id();
    let conversation = visitor.says_with_id(&id, "hello").await.ok(201)["conversation"].as_str().unwrap().to_owned();

    visitor.says_with_id(&id, "hello!").await.refused(409, "message.id_reused");
    let rejected = chat.send(&json!({"type": "send", "id": id, "text": "Hello"})).await;
    assert_eq!((&rejected["type"], &rejected["code"]), (&json!("reject"), &json!("message.id_reused")));
    assert!(rejected["retry_after"].is_null(), "a retry is useless: {rejected}");

    // Likewise the same words as a note, or elsewhere.
    let other = world.visitor().await.says("me too").await["conversation"].as_str().unwrap().to_owned();
    let id = new_id();
    let path = format!("/conversations/{conversation}/messages");
    olga.post(&path, &json!({"client_id": id, "text": "Hi"})).await.ok(201);
    let note = json!({"client_id": id, "kind": "note", "text": "Hi"});
    olga.post(&path, &note).await.refused(409, "message.id_reused");
    let elsewhere = format!("/conversations/{other}/messages");
    olga.post(&elsewhere, &json!({"client_id": id, "text": "Hi"})).await.refused(409, "message.id_reused");
    assert_eq!(texts(&olga.history(&conversation).await), ["hello", "Hi"]);
    assert_eq!(texts(&olga.history(&other).await), ["me too"]);
}

#[tokio::test]
async fn the_same_id_of_another_sender_is_another_message() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (ann, bob) = (world.visitor().await, world.visitor().await);
    let id = new_id();
    let anns = ann.says_with_id(&id, "from Ann").await.ok(201);
    let bobs = bob.says_with_id(&id, "from Bob").await.ok(201);
    assert_ne!(anns["conversation"], bobs["conversation"]);
    let conversation = anns["conversation"].as_str().unwrap();
    let path = format!("/conversations/{conversation}/messages");
    olga.post(&path, &json!({"client_id": id, "text": "from Olga"})).await.ok(201);
    assert_eq!(texts(&ann.history().await), ["from Ann", "from Olga"]);
    assert_eq!(texts(&bob.history().await), ["from Bob"]);
    // Nobody else's id is shown to a visitor.
    assert_eq!(ann.history().await[1]["client_id"], Value::Null);
}

#[tokio::test]
async fn many_tries_at_once_store_one_message() {
    let world = World::limited("visitor_messages = { times = 1000, seconds = 1 }").await;
    let visitor = world.visitor().await;
    let id = new_id();
    let tries = join_all((0..20).map(|_| visitor.says_with_id(&id, "once"))).await;
    let receipts: Vec<Value> = tries.into_iter().map(|answer| answer.ok(201)).collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
    assert_eq!(texts(&visitor.history().await), ["once"]);
    assert_eq!(world.owner().await.inbox("all").await.len(), 1, "and one conversation");
}

#[tokio::test]
async fn words_arrive_byte_for_byte() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let (mut desk, mut chat) = (olga.socket().await, visitor.socket().await);
    let words = [
        "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽".to_owned(),
        "שלום \u{202b}مرحبا\u{202c} abc".to_owned(),
        " \r\n two lines \r\n\t ".to_owned(),
        "zero\u{200b}width\u{feff}\u{2060}".to_owned(),
        "e\u{301} é \u{1e9b}\u{323}".to_owned(),
        "<script>alert(1)</script> & \\u0041 \u{7f}\u{1}".to_owned(),
        "\u{10ffff}\u{fffd}退".to_owned(),
        "字".repeat(5_461) + "!",
    ];
    assert_eq!(words[7].len(), 16_384);
    for text in &words {
        let conversation = visitor.says(text).await["conversation"].as_str().unwrap().to_owned();
        desk.until(|f| f["message"]["author"]["kind"] == "customer" && f["message"]["text"] == *text).await;
        let id = new_id();
        desk.say(&json!({"type": "send", "id": id, "conversation": conversation, "text": text})).await;
        chat.until(|f| f["message"]["author"]["kind"] == "agent" && f["message"]["text"] == *text).await;
    }
    let conversation = visitor.history().await[0]["conversation"].as_str().unwrap().to_owned();
    let twice: Vec<&str> = words.iter().flat_map(|text| [text.as_str(), text]).collect();
    assert_eq!(texts(&olga.history(&conversation).await), twice);
    assert_eq!(texts(&visitor.history().await), twice);
    let (_, told) = visitor.socket_from(&visitor.cursor).await;
    let told: Vec<Value> = told.iter().map(|frame| frame["message"].clone()).collect();
    assert_eq!(texts(&told), twice);

    let too_long = "x".repeat(16_385);
    visitor.says_with_id(&new_id(), &too_long).await.refused(422, "input.invalid");
    visitor.says_with_id(&new_id(), "").await.refused(422, "input.invalid");
}

#[tokio::test]
async fn a_history_is_paged_without_gap_or_repeat() {
    let world = World::limited("visitor_messages = { times = 1000, seconds = 1 }").await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    for n in 0..24 {
        visitor.says(&format!("line {n}")).await;
    }
    let conversation = visitor.history().await[0]["conversation"].as_str().unwrap().to_owned();
    let page = async |query: &str| {
        let path = format!("/conversations/{conversation}/messages?limit=10{query}");
        let page = olga.get(&path).await.ok(200);
        assert_eq!((&page["first_seq"], &page["last_seq"]), (&json!(1), &json!(25)));
        seqs(page["items"].as_array().unwrap())
    };
    assert_eq!(page("").await, (16..=25).collect::<Vec<_>>());
    assert_eq!(page("&before=16").await, (6..=15).collect::<Vec<_>>());
    assert_eq!(page("&before=6").await, one_to(5));
    assert_eq!(page("&before=1").await, one_to(0));
    assert_eq!(page("&after=0").await, one_to(10));
    assert_eq!(page("&after=20").await, (21..=25).collect::<Vec<_>>());
    assert_eq!(page("&after=25").await, one_to(0));

    let mut all: Vec<Value> = Vec::new();
    loop {
        let before = all.first().map_or(String::new(), |m| format!("&before={}", m["order"]));
        let page = visitor.get(&format!("/visitor/messages?limit=7{before}")).await.ok(200);
        let mut items = page["items"].as_array().unwrap().clone();
        items.append(&mut all);
        all = items;
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seqs(&all), one_to(24));
    for bad in ["limit=0", "limit=101"] {
        olga.get(&format!("/conversations/{conversation}/messages?{bad}")).await.refused(422, "input.invalid");
        visitor.get(&format!("/visitor/messages?{bad}")).await.refused(422, "input.invalid");
    }
}

#[tokio::test]
async fn the_inbox_is_paged_latest_first_without_gap_or_repeat() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mut expected = Vec::new();
    let mut visitors = Vec::new();
    for n in 0..11 {
        let visitor = world.visitor().await;
        visitor.says(&format!("I am number {n}")).await;
        visitors.push(visitor);
    }
    // The third writes again: now the latest.
    visitors[2].says("still there?").await;
    for n in [2, 10, 9, 8, 7, 6, 5, 4, 3, 1, 0] {
        expected.push(visitors[n].history().await[0]["conversation"].clone());
    }
    let mut listed = Vec::new();
    let mut after = String::new();
    loop {
        let page = olga.get(&format!("/conversations?view=unassigned&limit=4{after}")).await.ok(200);
        listed.extend(page["items"].as_array().unwrap().iter().map(|c| c["id"].clone()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(listed, expected);
    olga.get("/conversations?after=nonsense").await.refused(400, "request.malformed");
    olga.get("/conversations?view=nonsense").await.refused(422, "input.invalid");
}

#[tokio::test]
async fn a_sign_of_life_is_taken_without_a_word() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    chat.say(&json!({"type": "tick"})).await;
    chat.say(&json!({"type": "no such frame"})).await;
    assert_eq!(chat.next().await["type"], "error", "the answer to the second one");
    let done = tokio::time::timeout(std::time::Duration::from_millis(300), chat.next()).await;
    assert!(done.is_err(), "the first one was answered too: {done:?}");
}
