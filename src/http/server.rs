//! Listening, and stopping without breaking a promise.

use super::client_address::Encrypted;
use super::upgrade::Wire;
use super::{Limits, Problem, Workers, assets, log, upgrade};
use crate::kernel::Error;
use actix_codec::Framed;
use actix_http::h1::ExpectHandler;
use actix_http::{HttpService, Request, TlsAcceptorConfig, h1};
use actix_server::{GracefulShutdownSignal, Server, ServerHandle};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, get, web};
use rustix::net::sockopt::set_tcp_user_timeout;
use rustls::ServerConfig;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Requests that are being answered get so long when the server stops.
const FINISH_S: u64 = 10;
/// Between a browser's requests on one connection.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const HANDSHAKE: Duration = Duration::from_secs(5);
/// For the other side to take our last words.
const GOODBYE: Duration = Duration::from_secs(1);
/// Connections the system may hold for us before we take them.
const BACKLOG: i32 = 4_096;
/// Connections beside the sockets, per worker.
const REQUESTS_MAX: usize = 4_096;
/// What was sent and is not confirmed for so long, by whatever is or is not there: nobody is.
const UNCONFIRMED_MAX: Duration = Duration::from_secs(40);

pub struct Options {
    pub listen: SocketAddr,
    pub tls: Option<ServerConfig>,
    pub workers: usize,
    /// Those that run.
    pub running: Workers,
    pub limits: Limits,
    pub local: Option<Local>,
}

/// Routes on a port of its own, without TLS: for programs of this machine.
#[derive(Clone)]
pub struct Local {
    pub listen: SocketAddr,
    pub routes: Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>,
}

/// Serves until SIGTERM or SIGINT. `ready` is called with the address when connections are taken; `stopping`, when no new
/// ones are, says goodbye to those who stay connected.
pub async fn run(
    options: Options,
    routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ready: impl FnOnce(SocketAddr),
    stopping: impl AsyncFnOnce() + 'static,
) -> std::io::Result<()> {
    let signals = Signals::listen()?;
    let listener = TcpListener::bind(options.listen)?;
    rustix::net::listen(&listener, BACKLOG)?;
    // Connections inherit it.
    set_tcp_user_timeout(&listener, UNCONFIRMED_MAX.as_millis() as u32)?;
    let address = listener.local_addr()?;
    let server = Server::build()
        .workers(options.workers)
        .max_concurrent_connections(options.limits.sockets + REQUESTS_MAX)
        .shutdown_timeout(FINISH_S)
        .disable_signals();
    let stop = server.graceful_shutdown_signal();
    let running = options.running;
    let header_time = Duration::from_secs(options.limits.header_seconds);
    let server = match options.tls {
        None => server.listen("http", listener, move || {
            running.join();
            service(routes.clone(), false, header_time, stop.clone()).tcp()
        })?,
        Some(tls) => server.listen("https", listener, move || {
            running.join();
            let handshake = TlsAcceptorConfig::default().handshake_timeout(HANDSHAKE);
            service(routes.clone(), true, header_time, stop.clone()).rustls_0_23_with_config(tls.clone(), handshake)
        })?,
    };
    let server = match options.local {
        None => server,
        Some(Local { listen, routes }) => server.listen("local", TcpListener::bind(listen)?, move || {
            let routes = routes.clone();
            let app = App::new().wrap(from_fn(log::watch)).configure(|config| routes(config));
            HttpService::build()
                .client_request_timeout(header_time)
                .finish(map_config(app, |()| AppConfig::default()))
                .tcp()
        })?,
    };
    let server = server.run();
    actix_web::rt::spawn(stop_when_told(signals, server.handle(), stopping));
    ready(address);
    server.await
}

fn app(
    routes: impl Fn(&mut web::ServiceConfig) + Clone,
    tls: bool,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = ServiceResponse<BoxBody>,
    Error = actix_web::Error,
    InitError = (),
    Service: Service<Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error, Future: 'static>,
    Future: 'static,
> {
    let app = App::new()
        .wrap(from_fn(log::watch))
        .app_data(Encrypted(tls))
        .app_data(web::QueryConfig::default().error_handler(|error, _| unusable("query", &error).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| unusable("address", &error).into()))
        .configure(routes)
        .configure(assets::routes)
        .default_service(web::to(assets::otherwise));
    map_config(app, |()| AppConfig::default())
}

/// HTTP on one kind of connection; a request to leave HTTP is answered by the same routes.
#[expect(
    clippy::type_complexity,
    reason = "the framework names its parts by type, and a trait alias cannot be written"
)]
fn service<T: Wire + 'static>(
    routes: impl Fn(&mut web::ServiceConfig) + Clone + 'static,
    tls: bool,
    header_time: Duration,
    stop: GracefulShutdownSignal,
) -> HttpService<
    T,
    impl ServiceFactory<
        Request,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
        Service: Service<Request, Future: 'static>,
        Future: 'static,
    >,
    BoxBody,
    ExpectHandler,
    impl ServiceFactory<
        (Request, Framed<T, h1::Codec>),
        Config = (),
        Response = (),
        Error = actix_web::Error,
        InitError = (),
        Service: Service<(Request, Framed<T, h1::Codec>), Future: 'static>,
        Future: 'static,
    >,
> {
    let upgrades = app(routes.clone(), tls);
    let upgrades = fn_factory(move || {
        let app = upgrades.new_service(());
        async move {
            let app = Rc::new(app.await?);
            Ok::<_, ()>(fn_service(move |(request, framed)| {
                let app = app.clone();
                async move { upgrade::answer(&*app, request, framed).await }
            }))
        }
    });
    HttpService::build()
        .graceful_shutdown_signal(move || {
            let stop = stop.clone();
            async move { stop.notified().await }
        })
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(header_time)
        .client_disconnect_timeout(GOODBYE)
        .tcp_nodelay(true)
        // A stream or a poll whose client hangs up must end then, not at the next thing there is to say.
        .h1_allow_half_closed(false)
        .upgrade(upgrades)
        .finish(app(routes, tls))
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
async fn stop_when_told(mut signals: Signals, server: ServerHandle, stopping: impl AsyncFnOnce()) {
    signals.next().await;
    tracing::info!("stopping: no new connections, requests may finish");
    let finished = async {
        server.pause().await;
        stopping().await;
        server.stop(true).await;
    };
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
