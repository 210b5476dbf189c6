//! Files that people send each other.

use crate::world::{Answer, Door, World, answer, files_below, new_id};
use serde_json::json;
use std::io::Cursor;

async fn fetch(door: &Door, path: &str, range: Option<&str>) -> Answer {
    let mut request = door.http.get(format!("{}/api/v1{path}", door.url));
    for (name, value) in &door.headers {
        request = request.header(name, value);
    }
    if let Some(range) = range {
        request = request.header("range", range);
    }
    answer(request).await
}

fn id(attachment: &serde_json::Value) -> String {
    attachment["id"].as_str().unwrap().to_owned()
}

fn png() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

#[tokio::test]
async fn a_visitor_sends_a_picture_and_the_agent_answers_with_a_file() {
    let world = World::new().await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let picture = visitor.upload("/visitor/attachments", "%E5%9B%BE.png", "image/png", png()).await.ok(201);
    assert_eq!((&picture["name"], &picture["media_type"]), (&json!("图.png"), &json!("image/png")));
    assert_eq!((&picture["width"], &picture["height"]), (&json!(40), &json!(30)));
    let message = json!({"client_id": new_id(), "text": "", "attachments": [picture["id"]]});
    let receipt = visitor.post("/visitor/messages", &message).await.ok(201);
    let again = visitor.post("/visitor/messages", &message).await.ok(201);
    assert_eq!(receipt, again, "a retry with its files is the same message");

    let conversation = receipt["conversation"].as_str().unwrap();
    let history = olga.history(conversation).await;
    assert_eq!(history.last().unwrap()["attachments"], json!([picture]));
    let shown = fetch(&olga, &format!("/attachments/{}", id(&picture)), None).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.headers["content-type"], "image/png");
    assert!(shown.headers["content-disposition"].to_str().unwrap().starts_with("inline"));
    assert!(image::load_from_memory(&shown.bytes).is_ok());

    let text = "secret words of a contract ".repeat(20_000).into_bytes();
    let contract = olga.upload("/attachments", "contract.txt", "text/plain", text.clone()).await.ok(201);
    let message = json!({"client_id": new_id(), "text": "here", "attachments": [contract["id"]]});
    olga.post(&format!("/conversations/{conversation}/messages"), &message).await.ok(201);
    let path = format!("/visitor/attachments/{}", id(&contract));
    let part = fetch(&visitor, &path, Some("bytes=65530-65545")).await;
    assert!(part.status == 206 && part.bytes == text[65_530..=65_545]);
    let whole = fetch(&visitor, &path, None).await;
    assert!(whole.status == 200 && whole.bytes == text);
    assert!(whole.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));

    for (path, bytes) in files_below(&world.data()) {
        assert!(!bytes.windows(12).any(|window| window == b"secret words"), "{} holds plain text", path.display());
    }
}

#[tokio::test]
async fn files_are_seen_only_by_those_who_see_their_message() {
    let world = World::new().await;
    let (olga, visitor, other) = (world.owner().await, world.visitor().await, world.visitor().await);
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    let upload = async |name| olga.upload("/attachments", name, "text/plain", b"internal".to_vec()).await.ok(201);
    let (noted, unused) = (upload("noted.txt").await, upload("unused.txt").await);
    let note = json!({"client_id": new_id(), "kind": "note", "text": "for us", "attachments": [noted["id"]]});
    olga.post(&format!("/conversations/{conversation}/messages"), &note).await.ok(201);
    for file in [&noted, &unused] {
        fetch(&visitor, &format!("/visitor/attachments/{}", id(file)), None).await.refused(404, "not_found");
        assert_eq!(fetch(&olga, &format!("/attachments/{}", id(file)), None).await.status, 200);
    }
    let own = visitor.upload("/visitor/attachments", "own.txt", "text/plain", b"own".to_vec()).await.ok(201);
    fetch(&other, &format!("/visitor/attachments/{}", id(&own)), None).await.refused(404, "not_found");
    let stolen = json!({"client_id": new_id(), "text": "mine now", "attachments": [own["id"]]});
    let refusal = other.post("/visitor/messages", &stolen).await.refused(422, "input.invalid");
    assert_eq!(refusal["fields"], json!([{"field": "attachments", "code": "unknown"}]));
    world.stranger().upload("/attachments", "x", "text/plain", vec![1]).await.refused(401, "session.required");
}

#[tokio::test]
async fn too_large_a_file_is_refused_before_it_is_sent() {
    let world = World::new().await;
    let olga = world.owner().await;
    let answer = olga.upload("/attachments", "big.bin", "text/plain", vec![0; (25 << 20) + 1]).await;
    answer.refused(413, "attachment.too_large");
    let page =
        olga.upload("/attachments", "evil.html", "text/html", b"<script>alert(1)</script>".to_vec()).await.ok(201);
    assert_eq!(page["media_type"], "application/octet-stream");
    let served = fetch(&olga, &format!("/attachments/{}", id(&page)), None).await;
    assert_eq!(served.headers["x-content-type-options"], "nosniff");
    assert!(served.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert!(served.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
}
