//! Listening, and stopping without breaking a promise.

use super::{Limits, Problem, assets, log};
use crate::kernel::Error;
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, get, web};
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Requests that are being answered get so long when the server stops.
const FINISH_S: u64 = 10;
/// Between a browser's requests on one connection.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const HANDSHAKE: Duration = Duration::from_secs(5);
/// For the other side to take our last words; a WebSocket client waits for the end that long.
const GOODBYE: Duration = Duration::from_secs(1);
/// Connections the system may hold for us before we take them.
const BACKLOG: u32 = 4_096;
/// Connections beside the sockets, per worker.
const REQUESTS_MAX: usize = 4_096;

pub struct Options {
    pub listen: SocketAddr,
    pub tls: Option<ServerConfig>,
    pub workers: usize,
    pub limits: Limits,
}

/// Serves until SIGTERM or SIGINT. `ready` is called with the address when connections are taken, `stopping` when no new ones are.
pub async fn run(
    options: Options,
    routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ready: impl FnOnce(SocketAddr),
    stopping: impl Fn() + 'static,
) -> std::io::Result<()> {
    let signals = Signals::listen()?;
    let app = move || {
        App::new()
            .wrap(from_fn(log::watch))
            .app_data(web::QueryConfig::default().error_handler(|error, _| unusable("query", &error).into()))
            .app_data(web::PathConfig::default().error_handler(|error, _| unusable("address", &error).into()))
            .configure(routes.clone())
            .configure(assets::routes)
            .default_service(web::to(assets::otherwise))
    };
    let server = HttpServer::new(app)
        .workers(options.workers)
        .backlog(BACKLOG)
        .max_connections(options.limits.sockets + REQUESTS_MAX)
        .client_request_timeout(Duration::from_secs(options.limits.header_seconds))
        .client_disconnect_timeout(GOODBYE)
        .tls_handshake_timeout(HANDSHAKE)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(FINISH_S)
        .disable_signals();
    let server = match options.tls {
        Some(tls) => server.bind_rustls_0_23(options.listen, tls)?,
        None => server.bind(options.listen)?,
    };
    let address = server.addrs().first().copied().unwrap_or(options.listen);
    let server = server.run();
    actix_web::rt::spawn(stop_when_told(signals, server.handle(), stopping));
    ready(address);
    server.await
}

fn unusable(what: &str, error: &dyn std::error::Error) -> Problem {
    Problem(Error::malformed(format!("The {what} cannot be used: {error}.")))
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The first signal lets requests finish, a second one does not.
async fn stop_when_told(mut signals: Signals, server: ServerHandle, stopping: impl Fn()) {
    signals.next().await;
    tracing::info!("stopping: no new connections, requests may finish");
    let finished = server.stop(true);
    stopping();
    tokio::select! {
        () = finished => {}
        () = signals.next() => server.stop(false).await,
    }
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Answers as soon as requests are served.
#[utoipa::path(tag = "server", security(()), responses((status = 200, body = inline(Health))))]
#[get("/healthz")]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}
