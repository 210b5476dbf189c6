//! Puts the program together: the only file that knows every feature.

use crate::db::Db;
use crate::http::server::{self, healthz};
use crate::http::{Assets, FrameAncestors, Limits, Proxies, Transport, openapi};
use crate::hub::{Closed, Feed, Feeds, Hub};
use crate::identity::Passwords;
use crate::identity::api::me::Easel;
use crate::identity::api::session::SignInLimits;
use crate::kernel::Clock;
use crate::{channels, identity, setup};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, Responder};
use bytes::Bytes;
use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

/// A domain's part in the program.
struct Feature {
    /// Below `/api/v1`.
    routes: fn(&mut ServiceConfig<'_>),
    feeds: fn() -> Vec<Feed>,
}

const FEATURES: &[Feature] = &[
    Feature { routes: setup::feature::routes, feeds: Vec::new },
    Feature { routes: identity::feature::routes, feeds: identity::feature::feeds },
    Feature { routes: channels::feature::routes, feeds: channels::feature::feeds },
];

/// What the program runs with.
pub struct Running {
    pub db: Db,
    pub clock: Clock,
    pub proxies: Proxies,
    pub transport: Transport,
    pub assets: Assets,
    pub server: server::Options,
}

/// Serves until told to stop. `ready` is called when requests are taken.
pub fn serve(running: Running, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let hub = hub(&running.db, &running.clock)?;
    let db = running.db.clone();
    let shared = Shared::new(&running, &hub);
    let stopping = move || hub.close_all(Closed::GOING_AWAY);
    let routes = move |config: &mut web::ServiceConfig| wire(config, &shared);
    let served = actix_web::rt::System::new().block_on(server::run(running.server, routes, ready, stopping));
    db.stop();
    served
}

fn hub(db: &Db, clock: &Clock) -> io::Result<Hub> {
    let epoch = db.read_blocking(|snapshot| snapshot.epoch()).map_err(io::Error::other)?;
    let feeds = Feeds::new(FEATURES.iter().flat_map(|feature| (feature.feeds)()));
    let hub = Hub::new(epoch, feeds, clock.clone());
    hub.start(db.bus().subscribe())?;
    Ok(hub)
}

/// What handlers ask for, each by its type.
#[derive(Clone)]
struct Shared {
    db: Data<Db>,
    hub: Data<Hub>,
    clock: Data<Clock>,
    limits: Data<Limits>,
    proxies: Data<Proxies>,
    transport: Data<Transport>,
    assets: Data<Assets>,
    frame_ancestors: Data<FrameAncestors>,
    passwords: Data<Passwords>,
    sign_in_limits: Data<SignInLimits>,
    easel: Data<Easel>,
}

impl Shared {
    fn new(running: &Running, hub: &Hub) -> Self {
        let limits = &running.server.limits;
        Shared {
            db: Data::new(running.db.clone()),
            hub: Data::new(hub.clone()),
            clock: Data::new(running.clock.clone()),
            limits: Data::new(limits.clone()),
            proxies: Data::new(running.proxies.clone()),
            transport: Data::new(running.transport),
            assets: Data::new(running.assets.clone()),
            frame_ancestors: Data::new(FrameAncestors(Box::new(|_, _| Box::pin(async { Vec::new() })))),
            passwords: Data::new(Passwords::new(limits)),
            sign_in_limits: Data::new(SignInLimits::new(limits)),
            easel: Data::new(Easel::default()),
        }
    }
}

fn wire(config: &mut web::ServiceConfig, shared: &Shared) {
    let shared = shared.clone();
    config
        .app_data(shared.db)
        .app_data(shared.hub)
        .app_data(shared.clock)
        .app_data(shared.limits)
        .app_data(shared.proxies)
        .app_data(shared.transport)
        .app_data(shared.assets)
        .app_data(shared.frame_ancestors)
        .app_data(shared.passwords)
        .app_data(shared.sign_in_limits)
        .app_data(shared.easel)
        .route("/api/openapi.json", web::get().to(openapi_json));
    described(&mut ServiceConfig::new(config));
}

/// Every route that `/api/openapi.json` describes.
fn described(config: &mut ServiceConfig<'_>) {
    config.service(scope("/api/v1").configure(|config| FEATURES.iter().for_each(|feature| (feature.routes)(config))));
    config.service(healthz);
    identity::feature::public_routes(config);
}

async fn openapi_json() -> impl Responder {
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = TEXT.get_or_init(|| openapi_text().into());
    HttpResponse::Ok().content_type("application/json").body(text.clone())
}

fn openapi_text() -> String {
    let app = App::new().into_utoipa_app().openapi(openapi::base(env!("CARGO_PKG_VERSION")));
    let (_, mut api) = app.configure(described).split_for_parts();
    openapi::complete(&mut api);
    api.to_pretty_json().unwrap_or_default()
}
