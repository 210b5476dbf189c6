//! The server: its folder, its process, its starts and ends.

use super::{Agent, Door, OWNER, PASSWORD, Printed, Visitor, parlor, run_with_input};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct World {
    /// Ended with the world, and by [`World::kill`].
    process: Option<Child>,
    data: TempDir,
    arguments: Vec<String>,
    /// A program that starts the server for us, with its own arguments.
    pub wrapper: Vec<String>,
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
        // A connection to a server that was killed is no way to the next one, though its address is the same.
        self.http = client(0);
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
            wrapper: Vec::new(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            url: String::new(),
            printed: String::new(),
            channel_key: String::new(),
            http: client(usize::MAX),
        }
    }

    pub fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// `parlor init`.
    pub fn init(&mut self) {
        let printed = self.try_init();
        assert!(printed.success, "{}", printed.text);
        let key = printed.text.split("wc_").nth(1).expect("init prints the channel's key");
        let is_key = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
        self.channel_key = format!("wc_{}", key.chars().take_while(is_key).collect::<String>());
    }

    pub fn try_init(&self) -> Printed {
        let mut init = self.wrapped(&parlor());
        init.args(["init", "--organisation", "Acme", "--admin-email", OWNER, "--admin-name", "Olga"]);
        init.args(["--channel", "Shop", "--password-stdin", "--data"]).arg(self.data());
        run_with_input(init, PASSWORD)
    }

    /// A command on the data folder, to its end.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        let mut command = self.wrapped(&parlor());
        command.args(arguments).arg("--data").arg(self.data());
        run_with_input(command, "")
    }

    /// `parlor serve`, until it says where.
    pub async fn start(&mut self) {
        assert!(self.try_start().await, "serve ended: {} {}", self.printed, self.log());
    }

    /// Likewise; whether it got that far.
    pub async fn try_start(&mut self) -> bool {
        let mut serve = self.wrapped(&parlor());
        serve.args(["serve", "--data"]).arg(self.data()).args(&self.arguments);
        if !self.arguments.iter().any(|argument| argument == "--listen") {
            serve.args(["--listen", "127.0.0.1:0"]);
        }
        serve
            .env("PARLOR_CALLS_LISTEN", "127.0.0.1:0")
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(self.log_file())
            .stdin(Stdio::null());
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
                return true;
            }
        }
        self.kill();
        false
    }

    fn wrapped(&self, command: &Command) -> Command {
        let Some((first, arguments)) = self.wrapper.split_first() else { return Command::new(command.get_program()) };
        let mut wrapped = Command::new(first);
        wrapped.args(arguments).arg(command.get_program());
        wrapped
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

    /// Until it has ended by itself, or because somebody else ended it; whether it did in time.
    pub async fn ended(&mut self, patience: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.process.as_mut().is_none_or(|process| process.try_wait().unwrap().is_some()) {
                self.process = None;
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// SIGTERM and wait; whether it ended well.
    pub fn stop(&mut self) -> bool {
        self.tell_to_stop();
        self.process.take().is_some_and(|mut process| process.wait().unwrap().success())
    }

    /// SIGTERM.
    pub fn tell_to_stop(&self) {
        if let Some(process) = &self.process {
            let pid = rustix::process::Pid::from_child(process);
            // It may have ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// A program's token that acts as the owner.
    pub async fn owners_token(&self) -> String {
        self.owner().await.program().await.0.secret
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

/// Keeps so many connections that nobody uses.
fn client(idle_max: usize) -> reqwest::Client {
    let policy = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(policy).pool_max_idle_per_host(idle_max).build().unwrap()
}
