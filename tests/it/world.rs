//! A running Parlor and the people around it.
//!
//! `World::new()` starts the real executable on a fresh data folder. Everything goes through its public doors: command line,
//! HTTP, WebSocket. Nothing here imports the program.

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const PASSWORD: &str = "correct-horse-battery-1";
pub const OWNER: &str = "owner@acme.example";
/// Long enough for a busy machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn parlor() -> Command {
    Command::new(env!("CARGO_BIN_EXE_parlor"))
}

/// A new client message id.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub struct World {
    /// Ended with the world, and by [`World::kill`].
    process: Option<Child>,
    data: TempDir,
    arguments: Vec<String>,
    pub url: String,
    /// What `serve` printed until it was ready.
    pub printed: String,
    pub channel_key: String,
    pub http: reqwest::Client,
}

impl World {
    /// An organisation with an owner and one web channel, served.
    pub async fn new() -> World {
        World::with(&[]).await
    }

    /// Likewise, with further arguments of `serve`.
    pub async fn with(arguments: &[&str]) -> World {
        let mut world = World::stopped(arguments);
        world.init();
        world.start().await;
        world
    }

    /// Likewise, with these lines under `[limits]` of its configuration.
    pub async fn limited(limits: &str) -> World {
        World::configured(&format!("[limits]\n{limits}")).await
    }

    /// Likewise, with a configuration file.
    pub async fn configured(toml: &str) -> World {
        let mut world = World::stopped(&[]);
        world.configure(toml);
        world.init();
        world.start().await;
        world
    }

    /// Served with this configuration from the next start on.
    pub fn configure(&mut self, toml: &str) {
        let file = self.data.path().join("parlor.toml");
        std::fs::write(&file, toml).unwrap();
        self.arguments.retain(|argument| argument != "--config" && !argument.ends_with("parlor.toml"));
        self.arguments.extend(["--config".to_owned(), file.to_str().unwrap().to_owned()]);
    }

    /// The same address at every start, so that clients find their way back.
    pub fn settle(&mut self) {
        // Below the ports that the system gives to outgoing connections.
        let mut ports =
            (0..).map(|n| 20_000 + (std::process::id() as u16 ^ uuid::Uuid::new_v4().as_fields().1 ^ n) % 12_000);
        let free = ports.find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
        self.arguments.extend(["--listen".to_owned(), format!("127.0.0.1:{free}")]);
    }

    /// Served, but not set up.
    pub async fn bare() -> World {
        let mut world = World::stopped(&[]);
        world.start().await;
        world
    }

    /// Nothing but an empty folder.
    pub fn stopped(arguments: &[&str]) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        World {
            process: None,
            data: TempDir::new().unwrap(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            url: String::new(),
            printed: String::new(),
            channel_key: String::new(),
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
        }
    }

    pub fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// `parlor init`.
    pub fn init(&mut self) {
        let mut init = parlor();
        init.args(["init", "--organisation", "Acme", "--admin-email", OWNER, "--admin-name", "Olga"]);
        init.args(["--channel", "Shop", "--password-stdin", "--data"]).arg(self.data());
        let printed = run_with_input(init, PASSWORD);
        assert!(printed.success, "{}", printed.text);
        let key = printed.text.split("wc_").nth(1).expect("init prints the channel's key");
        let is_key = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
        self.channel_key = format!("wc_{}", key.chars().take_while(is_key).collect::<String>());
    }

    /// `parlor serve`, until it says where.
    pub async fn start(&mut self) {
        let mut serve = parlor();
        serve.args(["serve", "--data"]).arg(self.data()).args(&self.arguments);
        if !self.arguments.iter().any(|argument| argument == "--listen") {
            serve.args(["--listen", "127.0.0.1:0"]);
        }
        serve.env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(self.log_file()).stdin(Stdio::null());
        let mut child = serve.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        self.process = Some(child);
        self.printed.clear();
        for line in lines.by_ref() {
            let line = line.unwrap();
            self.printed += &format!("{line}\n");
            let found = line.split_whitespace().find(|word| word.starts_with("http"));
            if let Some(url) = found {
                let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
                self.url = url[..end].to_owned();
                // Somebody must go on reading, or a full pipe would stop the program.
                std::thread::spawn(move || lines.for_each(drop));
                return;
            }
        }
        panic!("serve ended: {}", self.printed);
    }

    fn log_file(&self) -> std::fs::File {
        std::fs::File::options().create(true).append(true).open(self.data.path().join("log")).unwrap()
    }

    /// What the program wrote into its log, over all starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap()
    }

    /// SIGKILL: nothing is finished, nothing is said.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// SIGTERM and wait; whether it ended well.
    pub fn stop(&mut self) -> bool {
        let Some(mut process) = self.process.take() else { return false };
        let pid = rustix::process::Pid::from_raw(process.id() as i32).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        process.wait().unwrap().success()
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    pub async fn owner(&self) -> Agent {
        Agent::sign_in(self, OWNER).await
    }

    /// A new person of the organisation, signed in.
    pub async fn hire(&self, name: &str, role: &str) -> Agent {
        let email = format!("{}@acme.example", name.to_lowercase());
        let person = json!({"name": name, "email": email, "role": role, "password": PASSWORD});
        self.owner().await.post("/users", &person).await.ok(201);
        Agent::sign_in(self, &email).await
    }

    /// Somebody opens the chat for the first time.
    pub async fn visitor(&self) -> Visitor {
        self.visitor_of(&self.channel_key).await
    }

    /// Somebody has said hello; with the conversation that began.
    pub async fn begun(&self) -> (Visitor, String) {
        let visitor = self.visitor().await;
        let receipt = visitor.says("hello").await;
        (visitor, receipt["conversation"].as_str().unwrap().to_owned())
    }

    pub async fn visitor_of(&self, channel_key: &str) -> Visitor {
        let door = Door { http: self.http.clone(), url: self.url.clone(), headers: Vec::new() };
        let begun = door.post("/visitor/session", &json!({"channel": channel_key})).await.ok(200);
        let token = begun["token"].as_str().unwrap().to_owned();
        Visitor {
            id: begun["visitor"]["id"].as_str().unwrap().to_owned(),
            cursor: begun["cursor"].as_str().unwrap().to_owned(),
            door: Door { headers: vec![("authorization".into(), format!("Bearer {token}"))], ..door },
            token,
        }
    }

    /// Without any sign-in.
    pub fn stranger(&self) -> Door {
        Door { http: self.http.clone(), url: self.url.clone(), headers: Vec::new() }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
    }
}

pub struct Printed {
    pub success: bool,
    pub text: String,
}

/// Runs a command to its end; what it printed on both channels.
pub fn run_with_input(mut command: Command, input: &str) -> Printed {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(format!("{input}\n").as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Printed { success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
}

/// An HTTP client with somebody's credentials. Paths are below `/api/v1`.
#[derive(Clone)]
pub struct Door {
    pub http: reqwest::Client,
    pub url: String,
    pub headers: Vec<(String, String)>,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// That it is a problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let body = self.ok(status);
        assert_eq!(body["code"], code, "{body}");
        body
    }
}

impl Door {
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, None).await
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = request.header("x-parlor-request", "1");
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    pub async fn upload(&self, path: &str, name: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
        let mut request = self.http.post(format!("{}/api/v1{path}", self.url)).body(bytes);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.header("content-type", media_type).header("x-parlor-filename", name);
        answer(request.header("x-parlor-request", "1")).await
    }

    /// A socket up to `live`; the events told before it are returned.
    async fn hello(&self, token: Option<&str>, cursor: Option<&str>) -> (Socket, Vec<Value>) {
        let mut socket = Socket::open(&self.url, &self.headers).await;
        let mut hello = json!({"type": "hello", "protocol": 1});
        if let Some(token) = token {
            hello["token"] = token.into();
        }
        if let Some(cursor) = cursor {
            hello["cursor"] = cursor.into();
        }
        socket.say(&hello).await;
        socket.welcome = socket.next_of("welcome").await;
        let mut told = Vec::new();
        loop {
            let frame = socket.next().await;
            if frame["type"] == "live" {
                return (socket, told);
            }
            told.push(frame);
        }
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = timeout(PATIENCE, request.send()).await.expect("an answer in time").unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
}

/// A person of the organisation in a browser.
#[derive(Clone)]
pub struct Agent {
    pub id: String,
    pub door: Door,
}

impl std::ops::Deref for Agent {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Agent {
    pub async fn sign_in(world: &World, email: &str) -> Agent {
        let stranger = world.stranger();
        let answer = stranger.post("/session", &json!({"email": email, "password": PASSWORD})).await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let me = answer.ok(200);
        let headers = vec![("cookie".to_owned(), cookie), ("origin".to_owned(), world.url.clone())];
        Agent { id: me["id"].as_str().unwrap().to_owned(), door: Door { headers, ..stranger } }
    }

    /// Makes a new person, who signs in. Only owners and administrators can.
    pub async fn hires(&self, world: &World, name: &str, role: &str) -> Agent {
        let email = format!("{}@acme.example", name.to_lowercase());
        let person = json!({"name": name, "email": email, "role": role, "password": PASSWORD});
        self.post("/users", &person).await.ok(201);
        Agent::sign_in(world, &email).await
    }

    /// A program that acts as this person, and the id of its token.
    pub async fn program(&self) -> (Program, String) {
        let made = self.post("/tokens", &json!({"name": "program"})).await.ok(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let headers = vec![("authorization".to_owned(), format!("Bearer {secret}"))];
        let program = Program { secret, door: Door { headers, ..self.door.clone() } };
        (program, made["token"]["id"].as_str().unwrap().to_owned())
    }

    pub async fn socket(&self) -> Socket {
        self.hello(None, None).await.0
    }

    pub async fn socket_from(&self, cursor: &str) -> (Socket, Vec<Value>) {
        self.hello(None, Some(cursor)).await
    }

    /// Answers a conversation.
    pub async fn says(&self, conversation: &str, text: &str) -> Value {
        let message = json!({"client_id": new_id(), "text": text});
        self.post(&format!("/conversations/{conversation}/messages"), &message).await.ok(201)
    }

    pub async fn notes(&self, conversation: &str, text: &str) -> Value {
        let note = json!({"client_id": new_id(), "kind": "note", "text": text});
        self.post(&format!("/conversations/{conversation}/messages"), &note).await.ok(201)
    }

    /// All messages of a conversation, page by page.
    pub async fn history(&self, conversation: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map_or(0, |m| m["seq"].as_i64().unwrap());
            let page =
                self.get(&format!("/conversations/{conversation}/messages?after={after}&limit=100")).await.ok(200);
            let items = page["items"].as_array().unwrap();
            if items.is_empty() {
                return all;
            }
            assert_eq!(items[0]["seq"], after + 1, "the page just after");
            all.extend(items.iter().cloned());
        }
    }

    pub async fn inbox(&self, view: &str) -> Vec<Value> {
        let page = self.get(&format!("/conversations?view={view}&limit=100")).await.ok(200);
        page["items"].as_array().unwrap().clone()
    }
}

/// Something with an API token.
#[derive(Clone)]
pub struct Program {
    pub secret: String,
    pub door: Door,
}

impl std::ops::Deref for Program {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Program {
    /// A program has no cookie: it says who it is in its hello.
    pub async fn socket(&self) -> Socket {
        let silent = Door { headers: Vec::new(), ..self.door.clone() };
        silent.hello(Some(&self.secret), None).await.0
    }
}

/// A visitor's chat.
#[derive(Clone)]
pub struct Visitor {
    pub id: String,
    pub token: String,
    /// From the beginning of the session.
    pub cursor: String,
    pub door: Door,
}

impl std::ops::Deref for Visitor {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Visitor {
    pub async fn socket(&self) -> Socket {
        self.socket_from(&self.cursor).await.0
    }

    pub async fn socket_from(&self, cursor: &str) -> (Socket, Vec<Value>) {
        self.hello(Some(&self.token), Some(cursor)).await
    }

    /// Sends a message; its receipt.
    pub async fn says(&self, text: &str) -> Value {
        self.says_with_id(&new_id(), text).await.ok(201)
    }

    pub async fn says_with_id(&self, client_id: &str, text: &str) -> Answer {
        self.post("/visitor/messages", &json!({"client_id": client_id, "text": text})).await
    }

    pub async fn history(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.first().map_or(String::new(), |m| format!("before={}&", m["order"]));
            let page = self.get(&format!("/visitor/messages?{before}limit=100")).await.ok(200);
            let mut items = page["items"].as_array().unwrap().clone();
            items.extend(all);
            all = items;
            if page["more"] == false {
                return all;
            }
        }
    }
}

/// A WebSocket that speaks JSON.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub welcome: Value,
}

impl Socket {
    /// Opened, nothing said yet.
    pub async fn open(url: &str, headers: &[(String, String)]) -> Socket {
        Socket::try_open(url, headers).await.expect("an upgrade")
    }

    /// `None` if there is nobody, or who there is refuses.
    pub async fn try_open(url: &str, headers: &[(String, String)]) -> Option<Socket> {
        let address = format!("{}/api/v1/socket", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        for (name, value) in headers {
            let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (stream, _) = timeout(PATIENCE, connect_async(request)).await.expect("an upgrade in time").ok()?;
        Some(Socket { stream, welcome: Value::Null })
    }

    pub async fn say(&mut self, frame: &Value) {
        self.raw(Message::text(frame.to_string())).await;
    }

    /// Whether the line still took it.
    pub async fn try_say(&mut self, frame: &Value) -> bool {
        self.stream.send(Message::text(frame.to_string())).await.is_ok()
    }

    pub async fn raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// The next frame, or `Err(code)` if the server closes.
    pub async fn next_or_close(&mut self) -> Result<Value, u16> {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None))) | None | Some(Err(_)) => return Err(1006),
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn next(&mut self) -> Value {
        self.next_or_close().await.expect("an open socket")
    }

    /// The next frame of this type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await
    }

    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await;
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// The message with this text.
    pub async fn sees(&mut self, text: &str) -> Value {
        self.until(|frame| frame["type"] == "message.created" && frame["message"]["text"] == text).await
    }

    /// Sends by the socket and waits for the answer to it: `ack` or `reject`.
    pub async fn send(&mut self, frame: &Value) -> Value {
        self.say(frame).await;
        let id = frame["id"].clone();
        self.until(move |f| (f["type"] == "ack" || f["type"] == "reject") && f["id"] == id).await
    }

    /// Every frame up to and including the message with this text.
    pub async fn all_until(&mut self, text: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.next().await);
            let last = &heard[heard.len() - 1];
            if last["type"] == "message.created" && last["message"]["text"] == text {
                return heard;
            }
        }
    }

    /// Nothing of this type comes for a while.
    pub async fn hears_no(&mut self, kind: &str, time: Duration) {
        let heard = timeout(time, self.next_of(kind)).await;
        assert!(heard.is_err(), "{:?}", heard.ok());
    }

    /// A page that is open and shows nothing new to anybody; it answers pings.
    pub async fn stays(mut self) {
        while let Some(Ok(_)) = self.stream.next().await {}
    }

    /// Reads on until the server closes; the code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }
}

/// Bytes of every file below a folder.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found
}
