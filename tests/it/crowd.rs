//! Many at once: nothing is lost, doubled, bent or out of order, for anybody.

use crate::client::{Client, Words, texts};
use crate::world::{Agent, OPEN_DOORS, PATIENCE, Visitor, World};
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::timeout;

const VISITORS: usize = 100;
const AGENTS: usize = 10;
const EACH_VISITOR: usize = 90;
const EACH_AGENT: usize = 100;
const ALL: usize = VISITORS * EACH_VISITOR + AGENTS * EACH_AGENT;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_visitors_and_ten_agents_write_ten_thousand_messages() {
    let world = World::configured(OPEN_DOORS).await;
    let mut agents = vec![world.owner().await];
    for n in 1..AGENTS {
        agents.push(world.hire(&format!("Agent{n}"), if n % 2 == 0 { "agent" } else { "supervisor" }).await);
    }
    let visitors: Vec<Visitor> = join_all((0..VISITORS).map(|_| world.visitor())).await;
    let begun = Instant::now();
    let desks = join_all(agents.iter().map(Client::agent)).await.into_iter().enumerate();
    let desks: Vec<_> = desks.map(|(n, desk)| tokio::spawn(answer_many(n, desk))).collect();
    let chats: Vec<_> = visitors.iter().map(|visitor| tokio::spawn(chat(visitor.clone()))).collect();
    let whole = Duration::from_secs(150);
    let chats = timeout(whole, join_all(chats)).await.expect("visitors in time");
    let desks: Vec<Client> = timeout(whole, join_all(desks)).await.unwrap().into_iter().map(Result::unwrap).collect();
    println!("{ALL} messages in {:?}; agents resumed {:?} times", begun.elapsed(), ends(&desks));

    let answers: HashMap<&str, usize> = desks.iter().flat_map(|d| &d.sent).fold(HashMap::new(), |mut counts, sent| {
        *counts.entry(sent.conversation.as_deref().unwrap()).or_default() += 1;
        counts
    });
    for (visitor, chat) in visitors.iter().zip(chats) {
        let (own, said) = chat.unwrap();
        let conversation = own.sent[0].receipt["conversation"].as_str().unwrap().to_owned();
        let expected = EACH_VISITOR + answers.get(conversation.as_str()).copied().unwrap_or_default();
        let history = visitor.history().await;
        assert_eq!(texts(&history).len(), expected);
        let of_mine = |messages: &[Value]| {
            let mine = messages.iter().filter(|m| m["author"]["kind"] == "customer" && m["kind"] == "text");
            mine.map(|m| m["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(of_mine(&history) == said, "once each, byte for byte, in the order of sending");
        // What it saw is a beginning of what there is: later answers were not waited for.
        assert!(texts(&history).starts_with(&own.screen.texts_of(&conversation)));
        let at_desk = agents[0].history(&conversation).await;
        assert_eq!(texts(&at_desk), texts(&history));
        for desk in &desks {
            let seen = &desk.screen.conversations[&conversation];
            assert!(texts(seen) == texts(&at_desk), "every agent saw the same, live");
        }
    }
}

fn ends(clients: &[Client]) -> usize {
    clients.iter().map(|client| client.ends.len()).sum()
}

/// Writes and hears it all come back; also what was said.
async fn chat(visitor: Visitor) -> (Client, Vec<String>) {
    let mut client = Client::visitor(&visitor);
    let text = |n: usize| format!("{} №{n} 你好\t{}", visitor.id, "界".repeat(n % 7));
    let said: Vec<String> = (0..EACH_VISITOR).map(text).collect();
    let words = |c: &Client| said.get(c.sent.len()).map(|text| (None, text.clone()));
    let own = |c: &Client| c.sent.len() == EACH_VISITOR && c.all_acknowledged() && c.screen.texts >= EACH_VISITOR;
    client.live(words, own).await;
    (client, said)
}

/// Answers whatever conversation comes along, and hears everything that anybody writes.
async fn answer_many(n: usize, mut client: Client) -> Client {
    let words = |c: &Client| -> Option<Words> {
        let turn = c.sent.len();
        // Not before there are some to choose from, and not all at once.
        let due = turn < EACH_AGENT && c.screen.texts > turn * ALL / (EACH_AGENT * 2);
        let mut known: Vec<&String> = c.screen.conversations.keys().filter(|_| due).collect();
        known.sort();
        let conversation = known.get((turn * 7 + n * 13) % known.len().max(1))?;
        Some((Some((*conversation).clone()), format!("answer {turn} of {n}: 马上为您处理")))
    };
    let begun = Instant::now();
    let done = |c: &Client| (c.screen.texts == ALL && c.all_acknowledged()) || begun.elapsed() > PATIENCE * 6;
    client.live(words, done).await;
    assert_eq!(
        (client.screen.texts, client.sent.len()),
        (ALL, EACH_AGENT),
        "agent {n} missed something: {:?}",
        client.ends
    );
    client
}

/// Each file's sentences, one a line; a few hundred of our own without a folder.
fn sentences() -> Vec<String> {
    match std::env::var_os("PARLOR_TEST_SENTENCES") {
        Some(folder) => from_folder(Path::new(&folder)),
        None => built_in(),
    }
}

fn from_folder(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let lines = files
        .iter()
        .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>());
    lines.filter(|line| !line.is_empty()).collect()
}

fn built_in() -> Vec<String> {
    let things = ["订单", "发票", "退款", "快递", "优惠券", "会员卡", "地址", "尺码", "颜色", "密码"];
    let about = [
        "什么时候能到？",
        "可以修改吗",
        "怎么查询呢？",
        "好像有问题……",
        "我找不到了！",
        "太慢了😡",
        "谢谢，已经收到",
        "请帮我取消",
    ];
    let goods = [
        "parcel",
        "invoice",
        "refund",
        "voucher",
        "password",
        "address",
        "receipt",
        "membership",
        "warranty",
        "exchange",
    ];
    let asks = [
        "Where is my {}?",
        "I'd like to change the {}, please.",
        "Can't find the {} — help!",
        "Thanks, the {} has arrived :)",
        "How long does a {} take?",
        "the {}   is \"wrong\" \\ broken",
    ];
    let times = ["", "昨天", "上周"];
    let whose = times.iter().flat_map(|time| things.map(|thing| format!("{time}我的{thing}")));
    let zh = whose.flat_map(|whose| about.map(|about| format!("{whose}{about}")));
    let en = goods.iter().flat_map(|thing| asks.map(|ask| ask.replace("{}", thing)));
    zh.chain(en).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_sentences_arrive_unchanged_and_are_found_again() {
    const WRITERS: usize = 20;
    let mut world = World::configured(OPEN_DOORS).await;
    let mut searchers = vec![world.owner().await];
    for n in 1..5 {
        searchers.push(world.hire(&format!("Reader{n}"), "supervisor").await);
    }
    let sentences = sentences();
    let all = sentences.len();
    let mut desk = Client::agent(&searchers[0]).await;
    let desk = tokio::spawn(async move {
        desk.live(|_| None, |c| c.screen.texts == all).await;
        desk
    });
    let begun = Instant::now();
    let chats = (0..WRITERS).map(|n| sentences.iter().skip(n).step_by(WRITERS).cloned().collect::<Vec<_>>());
    let chats = join_all(chats.map(|own| async {
        let visitor = world.visitor().await;
        tokio::spawn(async move {
            let mut client = Client::visitor(&visitor);
            let words = |c: &Client| own.get(c.sent.len()).map(|text| (None, text.clone()));
            client
                .live(words, |c| c.sent.len() == own.len() && c.screen.texts == own.len() && c.all_acknowledged())
                .await;
            (client, own)
        })
        .await
        .unwrap()
    }))
    .await;
    let desk = timeout(Duration::from_secs(60), desk).await.expect("the desk sees all").unwrap();
    let mut places = Vec::new();
    for (client, own) in &chats {
        let conversation = client.sent[0].receipt["conversation"].as_str().unwrap();
        assert!(desk.screen.texts_of(conversation) == *own, "to the agent: byte for byte, in order");
        assert!(client.screen.texts_of(conversation) == *own);
        let shown = desk.screen.conversations[conversation].iter().filter(|m| m["kind"] == "text");
        places
            .extend(shown.map(|m| {
                (conversation.to_owned(), m["seq"].as_i64().unwrap(), m["text"].as_str().unwrap().to_owned())
            }));
    }
    println!("{all} sentences there in {:?}", begun.elapsed());
    let sample: Vec<_> = places.iter().step_by(places.len().div_ceil(200)).collect();
    let words = rare_words(&sentences);
    find_all(&searchers, &sample, &words).await;
    assert!(tokio::task::block_in_place(|| world.stop()));
    world.start().await;
    searchers.iter_mut().for_each(|searcher| searcher.door.url = world.url.clone());
    find_all(&searchers, &sample, &words).await;
    println!("{} found by search, twice; {:?} altogether", sample.len(), begun.elapsed());
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// What one could search a sentence by: two Chinese characters in a row, or a Latin word.
fn candidates(sentence: &str) -> HashSet<String> {
    let characters: Vec<char> = sentence.chars().collect();
    let pairs = characters.windows(2).filter(|pair| pair.iter().all(|c| is_chinese(*c)));
    let words = sentence.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2);
    pairs.map(String::from_iter).chain(words.map(str::to_lowercase)).collect()
}

/// How many sentences have each word.
fn rare_words(sentences: &[String]) -> HashMap<String, usize> {
    sentences.iter().flat_map(|sentence| candidates(sentence)).fold(HashMap::new(), |mut counts, word| {
        *counts.entry(word).or_default() += 1;
        counts
    })
}

/// Several people search, since one may only so often.
async fn find_all(people: &[Agent], sample: &[&(String, i64, String)], counts: &HashMap<String, usize>) {
    let searches = people.iter().enumerate().map(|(n, person)| async move {
        for (conversation, seq, text) in sample.iter().skip(n).step_by(people.len()) {
            let Some(word) = candidates(text).into_iter().min_by_key(|word| (counts[word], word.clone())) else {
                continue;
            };
            let begun = Instant::now();
            while !finds(person, &word, conversation, *seq).await {
                assert!(begun.elapsed() < Duration::from_secs(60), "\"{word}\" does not find \"{text}\"");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    });
    join_all(searches).await;
}

async fn finds(olga: &Agent, word: &str, conversation: &str, seq: i64) -> bool {
    let mut after = String::new();
    loop {
        let q: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = olga.get(&format!("/search?q={q}&limit=100{after}")).await;
        if answer.status == 429 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        }
        // The index opens a moment after the server.
        if answer.status == 503 {
            return false;
        }
        let page = answer.ok(200);
        let is_it = |hit: &Value| hit["message"]["conversation"] == conversation && hit["message"]["seq"] == seq;
        if page["items"].as_array().unwrap().iter().any(is_it) {
            return true;
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return false,
        }
    }
}
