//! A visitor and an agent talk.

use crate::world::World;

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
