//! A network that misbehaves: stands between a crowd and the server and passes bytes, or not.

use super::kill::{CONVERGENCE_MAX, settled};
use super::report::{Report, ms};
use crate::history::{Crowd, Dice, Doors, Outcome, Plan};
use futures_util::future::join_all;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fine,
    /// Nothing passes in either direction; connections stay as they are and go on afterwards.
    Partition,
    /// What clients say does not arrive.
    LosesUp,
    /// What the server says does not arrive.
    LosesDown,
    /// Every connection is reset, and every new one too.
    Resets,
    /// The server's side of every connection is gone; nobody tells the clients, also afterwards.
    HalfOpen,
    /// The clients' side is gone; nobody tells the server.
    HalfOpenServer,
    /// A proxy that hands on an answer only when there is much of it, or after a while.
    Buffers,
    /// A proxy that does not know `Upgrade`.
    StripsUpgrade,
}

const STORMS: [Weather; 8] = [
    Weather::Partition,
    Weather::LosesUp,
    Weather::LosesDown,
    Weather::Resets,
    Weather::HalfOpen,
    Weather::HalfOpenServer,
    Weather::Buffers,
    Weather::StripsUpgrade,
];

/// Held back by a proxy that buffers, at most.
const BUFFERED: usize = 16 << 10;
const BUFFERED_FOR: Duration = Duration::from_millis(700);

struct Network {
    url: String,
    weather: watch::Sender<Weather>,
    /// Connections that nobody may close: dropping one would tell its other side.
    limbo: Arc<Mutex<Vec<Half>>>,
    life: tokio::task::JoinHandle<()>,
}

/// One side of a connection.
type Half = (OwnedReadHalf, OwnedWriteHalf);

impl Network {
    async fn before(server: &str) -> Network {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = server.trim_start_matches("http://").to_owned();
        let (weather, watching) = watch::channel(Weather::Fine);
        let limbo = Arc::<Mutex<Vec<Half>>>::default();
        let kept = limbo.clone();
        let life = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, weather, kept) = (server.clone(), watching.clone(), kept.clone());
                tokio::spawn(async move {
                    // A server that is down: the connection is closed, as it would be.
                    if let Some(sides) = carry(client, &server, weather).await {
                        kept.lock().extend(sides);
                    }
                });
            }
        });
        Network { url, weather, limbo, life }
    }

    fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// How many connections hang in the air.
    fn in_limbo(&self) -> usize {
        self.limbo.lock().len()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.life.abort();
    }
}

/// Bytes from one side to the other, until one ends or the weather ends it. Sides that must not be closed are returned.
async fn carry(client: TcpStream, server: &str, weather: watch::Receiver<Weather>) -> Option<Vec<Half>> {
    if *weather.borrow() == Weather::Resets {
        client.set_zero_linger().ok()?;
        return None;
    }
    let server = TcpStream::connect(server).await.ok()?;
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let mut up = Way { from: client_in, to: server_out, is_up: true, held: Vec::new() };
    let mut down = Way { from: server_in, to: client_out, is_up: false, held: Vec::new() };
    let mut watching = weather.clone();
    let ended = tokio::select! {
        () = up.run(weather.clone()) => Weather::Fine,
        () = down.run(weather.clone()) => Weather::Fine,
        ended = ending(&mut watching) => ended,
    };
    let (client, server) = ((up.from, down.to), (down.from, up.to));
    match ended {
        Weather::HalfOpen => return Some(vec![client]),
        Weather::HalfOpenServer => return Some(vec![server]),
        Weather::Resets => {
            client.0.reunite(client.1).ok()?.set_zero_linger().ok()?;
            server.0.reunite(server.1).ok()?.set_zero_linger().ok()?;
        }
        _ => {}
    }
    None
}

/// Until the weather is one in which no connection lives on.
async fn ending(weather: &mut watch::Receiver<Weather>) -> Weather {
    let ends = |weather: &Weather| matches!(weather, Weather::Resets | Weather::HalfOpen | Weather::HalfOpenServer);
    match weather.wait_for(ends).await.map(|weather| *weather) {
        Ok(weather) => weather,
        Err(_) => std::future::pending().await,
    }
}

struct Way {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    is_up: bool,
    held: Vec<u8>,
}

impl Way {
    async fn run(&mut self, mut weather: watch::Receiver<Weather>) {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let is_stuck = |weather: &Weather| match weather {
                Weather::Partition => true,
                Weather::LosesUp => self.is_up,
                Weather::LosesDown => !self.is_up,
                _ => false,
            };
            if weather.wait_for(|weather| !is_stuck(weather)).await.is_err() {
                return;
            }
            let now = *weather.borrow_and_update();
            let buffers = now == Weather::Buffers && !self.is_up;
            let patience = if self.held.is_empty() { Duration::from_secs(3_600) } else { BUFFERED_FOR };
            let read = tokio::select! {
                read = self.from.read(&mut buffer) => read,
                _ = tokio::time::sleep(patience) => Ok(usize::MAX),
                _ = weather.changed() => continue,
            };
            match read {
                Ok(0) | Err(_) => return,
                Ok(usize::MAX) => {}
                Ok(read) => self.held.extend(self.through(now, &buffer[..read])),
            }
            if !buffers || self.held.len() >= BUFFERED || matches!(read, Ok(usize::MAX)) {
                let held = std::mem::take(&mut self.held);
                if self.to.write_all(&held).await.is_err() {
                    return;
                }
            }
        }
    }

    fn through(&self, weather: Weather, bytes: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(bytes);
        if weather != Weather::StripsUpgrade || !self.is_up || !text.contains("\r\n\r\n") {
            return bytes.to_vec();
        }
        let is_hop = |line: &str| {
            let line = line.to_ascii_lowercase();
            line.starts_with("upgrade:") || (line.starts_with("connection:") && line.contains("upgrade"))
        };
        text.split_inclusive("\r\n").filter(|line| !is_hop(line)).collect::<String>().into_bytes()
    }
}

/// Each weather once, for so long; then everybody must come together again.
pub async fn weathers(plan: &Plan, storm: Duration, at_once: usize, until: Instant) -> Report {
    let mut report = Report::of("network");
    let world = settled("").await;
    let token = world.owners_token().await;
    let mut dice = Dice::new(plan.seed);
    let (mut messages, mut limbo, mut longest) = (0, 0, Duration::ZERO);
    for some in STORMS.chunks(at_once) {
        if Instant::now() > until {
            report.not_run.push(format!("{some:?}: out of time"));
            continue;
        }
        let mut crowds = Vec::new();
        for weather in some {
            let network = Network::before(&world.url).await;
            let doors = Doors { server: &world.url, crowd: &network.url, token: &token };
            let plan = Plan { seed: dice.next() >> 1, ..plan.clone() };
            match Crowd::gather(&plan, &doors).await {
                Ok(crowd) => crowds.push((*weather, network, crowd)),
                Err(error) => report.violations.push(error),
            }
        }
        for (weather, in_limbo, outcome) in join_all(crowds.into_iter().map(|crowd| weathered(crowd, storm))).await {
            limbo += in_limbo;
            let Some(outcome) = report.take(outcome) else { continue };
            let converged = outcome.converged + storm / 4;
            eprintln!("  {weather:?}: {} messages, everybody back after {}", outcome.messages, ms(converged));
            messages += outcome.messages;
            longest = longest.max(converged);
            report.require(converged <= CONVERGENCE_MAX, || format!("{weather:?}: back only after {converged:?}"));
        }
    }
    report.figure("messages", messages);
    report.figure("sides left in the air", limbo);
    report.figure("longest to converge", ms(longest));
    report.require(limbo > 0, || "no connection was ever half open".to_owned());
    let plain = world.stranger().get("/socket").await;
    report.require(plain.status == 400 && plain.json()["code"] == "request.malformed", || {
        format!("a socket without its upgrade is answered {}", plain.status)
    });
    report
}

async fn weathered(
    (weather, network, crowd): (Weather, Network, Crowd),
    storm: Duration,
) -> (Weather, usize, Result<Outcome, String>) {
    tokio::time::sleep(storm / 2).await;
    network.turns(weather);
    tokio::time::sleep(storm).await;
    network.turns(Weather::Fine);
    // Everybody goes on talking for a moment, as people do.
    tokio::time::sleep(storm / 4).await;
    (weather, network.in_limbo(), crowd.finish().await)
}
