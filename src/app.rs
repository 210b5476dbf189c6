//! Puts the program together: the only file that knows every feature.

use crate::backup::{self, Backups, Schedule};
use crate::calls::feature::CallRates;
use crate::calls::stage::Stage;
use crate::control::{Command, Control};
use crate::db::Db;
use crate::http::server::{self, Local, healthz};
use crate::http::{Assets, FrameAncestors, Limiter, Limits, Proxies, Transport, openapi};
use crate::hub::{Closed, Feed, Feeds, Hub};
use crate::identity::api::me::Easel;
use crate::identity::api::session::SignInLimits;
use crate::identity::{Passwords, Unstored};
use crate::jobs::Jobs;
use crate::kernel::{Clock, Millis, Stopwatch};
use crate::keys::Keys;
use crate::post::{self, Post, Reach};
use crate::reception::Queue;
use crate::recording::Recordings;
use crate::search::Search;
use crate::socket::{self, Door, Exchange, FindMissed, FrameKind, Frames, Lines, Rates, Seats};
use crate::upkeep::memory::Means;
use crate::upkeep::{self, At, Household};
use crate::vault::Vault;
use crate::visitors::feature::{NewVisitors, VisitorUploads};
use crate::watch::{Access, CertificateFacts, LastBackup, Sources, Watch};
use crate::webhooks::Courier;
use crate::{
    attachments, calls, channels, console, conversations, customers, http, identity, jobs, keys, prechat,
    quick_replies, ratings, reception, recording, retention, saved_views, search, setup, tags, transfers, visitors,
    watch, webhooks,
};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, Responder};
use bytes::Bytes;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

/// A domain's part in the program.
struct Feature {
    /// Below `/api/v1`.
    routes: fn(&mut ServiceConfig<'_>),
    feeds: fn() -> Vec<Feed>,
    frame_kinds: fn(&Rooms) -> Vec<FrameKind>,
    /// To the socket.
    door: Option<Door>,
    /// What it adds to a visitor's replay.
    own: Option<FindMissed>,
}

const NONE: Feature = Feature { routes: |_| {}, feeds: Vec::new, frame_kinds: |_| Vec::new(), door: None, own: None };

#[rustfmt::skip]
const FEATURES: &[Feature] = &[
    Feature { routes: setup::feature::routes, ..NONE },
    Feature { routes: identity::feature::routes, feeds: identity::feature::feeds, ..NONE },
    Feature { routes: channels::feature::routes, feeds: channels::feature::feeds, ..NONE },
    Feature { routes: customers::feature::routes, feeds: customers::feature::feeds, ..NONE },
    Feature { routes: quick_replies::feature::routes, feeds: quick_replies::feature::feeds, ..NONE },
    Feature { routes: tags::feature::routes, feeds: tags::feature::feeds, ..NONE },
    Feature { routes: attachments::feature::routes, ..NONE },
    Feature { routes: conversations::feature::routes, feeds: conversations::feature::feeds, frame_kinds: |_| conversations::feature::frame_kinds(), ..NONE },
    Feature { routes: saved_views::feature::routes, feeds: saved_views::feature::feeds, ..NONE },
    Feature { routes: transfers::feature::routes, feeds: transfers::feature::feeds, ..NONE },
    Feature { routes: prechat::feature::routes, ..NONE },
    Feature { routes: visitors::feature::routes, frame_kinds: |_| visitors::feature::frame_kinds(), door: Some(visitors::feature::door), ..NONE },
    Feature { frame_kinds: |_| console::feature::frame_kinds(), door: Some(console::feature::door), ..NONE },
    Feature { routes: ratings::feature::routes, feeds: ratings::feature::feeds, ..NONE },
    Feature { routes: recording::feature::routes, ..NONE },
    Feature { routes: calls::feature::routes, feeds: calls::feature::feeds, frame_kinds: |rooms| calls::feature::frame_kinds(&rooms.stage), own: Some(calls::feature::missed), ..NONE },
    Feature { routes: search::feature::routes, ..NONE },
    Feature { routes: webhooks::feature::routes, ..NONE },
    Feature { routes: watch::feature::routes, ..NONE },
    Feature { routes: retention::feature::routes, ..NONE },
];

/// For everybody connected to hear that the server stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// What the program runs with.
pub struct Running<'a> {
    pub data: &'a Path,
    pub vault: &'a Vault,
    pub db: Db,
    pub clock: Clock,
    pub proxies: Proxies,
    pub transport: Transport,
    pub assets: Assets,
    pub server: server::Options,
    pub backup: backup::Settings,
    pub recordings: recording::Limits,
    pub transfers: transfers::Settings,
    pub calls: calls::Equipment,
    pub watched: Watched,
    pub post: post::Settings,
    /// When the store is looked after.
    pub maintain_at: At,
    pub means: Means,
}

/// How the watch is set up.
pub struct Watched {
    pub certificate: Option<CertificateFacts>,
    pub access: Access,
    /// A port for the watch's routes, on this machine.
    pub listen: Option<SocketAddr>,
}

/// What is started before requests are taken.
struct Rooms {
    hub: Hub,
    queue: Queue,
    files: attachments::Files,
    recordings: Recordings,
    search: Search,
    stage: Stage,
    keys: Keys,
    post: Post,
    courier: Courier,
}

/// Serves until told to stop. `ready` is called when requests are taken, `stopping` when no new ones are.
pub fn serve(
    mut running: Running<'_>,
    ready: impl FnOnce(SocketAddr),
    stopping: impl FnOnce() + 'static,
) -> io::Result<()> {
    let Running { data, vault, db, clock, .. } = &running;
    let hub = hub(db, clock)?;
    let files = attachments::Files::with_room(
        data.join("attachments"),
        vault.sealer("attachments"),
        running.means.picture_bytes,
    )?;
    let recordings = Recordings::open(data, vault, db, clock, &files, running.recordings)?;
    let (search, indexer) = search::open(data.join("search.db"), {
        let vault = Vault::clone(vault);
        move || vault.page_key("search")
    });
    let mut timers = attachments::feature::timers(db, &files);
    timers.extend(conversations::feature::timers(db, &hub));
    timers.extend(transfers::feature::timers(db, &hub));
    let queue = Queue::default();
    timers.extend(reception::feature::timers(db, &hub, &queue));
    timers.extend(recording::feature::timers(&recordings));
    let stage = calls::feature::open(&running.calls, &recordings, db, &hub, clock)?;
    timers.extend(calls::feature::timers(db, &hub, &stage));
    let mut jobs = Jobs::start(db, clock, timers, vec![Box::new(indexer)])?;
    let keys = Keys::new(data, vault, db);
    keys.resume().map_err(io::Error::other)?;
    let backups = Backups::new(data, running.backup.clone(), vault, db, &files, clock);
    let house = household(data, vault, db, &files, &recordings);
    jobs.add(db, clock, upkeep::chore(house.clone(), hub.clone(), running.maintain_at))?;
    let post = Post::new(Reach::new(&running.post), clock.clone())?;
    let courier = Courier::start(db, &hub, &post, clock)?;
    let rooms = Rooms { hub, queue, files, recordings, search, stage, keys, post, courier };
    let watch = watch(&running, &rooms)?;
    let watching = Jobs::start(db, clock, vec![watch.timer()], Vec::new())?;
    let mut commands = operator_commands(clock, &rooms.keys, house, Some(rooms.hub.clone()));
    commands.extend(backup::operator::commands(&backups));
    let control = Control::start(data, commands)?;
    let schedule = Schedule::start(backups)?;
    let db = db.clone();
    let shared = Shared::new(&running, &rooms, &watch);
    let seats = shared.exchange.seats.clone();
    let (hub, readiness) = (rooms.hub.clone(), watch.readiness.clone());
    running.server.local = running.watched.listen.map(|listen| local(listen, watch));
    let stopping = async move || {
        stopping();
        readiness.stop();
        hub.close_all(Closed::GOING_AWAY);
        seats.close(GOODBYE).await;
    };
    let routes = move |config: &mut web::ServiceConfig| wire(config, &shared);
    let served = actix_web::rt::System::new().block_on(server::run(running.server, routes, ready, stopping));
    wait_for("the operator's commands", || control.stop());
    wait_for("calls", || rooms.stage.stop());
    wait_for("recordings", || rooms.recordings.stop());
    wait_for("the exchange of the root key", || rooms.keys.stop());
    wait_for("a backup", || schedule.stop());
    wait_for("the watch", || watching.stop());
    wait_for("webhooks", || rooms.courier.stop());
    wait_for("work beside the requests", || jobs.stop());
    wait_for("the store", || db.stop());
    served
}

/// What is told, since somebody waits for the end.
const WORTH_TELLING: Duration = Duration::from_millis(500);

fn wait_for(what: &str, end: impl FnOnce()) {
    let begun = Stopwatch::start();
    end();
    let took = begun.elapsed();
    if took >= WORTH_TELLING {
        tracing::info!(seconds = took.as_secs_f32(), "stopping waited for {what}");
    }
}

/// What the operator may have done, by a server that runs or by a process that holds the folder itself.
pub fn operator_commands(clock: &Clock, keys: &Keys, house: Household, hub: Option<Hub>) -> Vec<Command> {
    let mut commands = identity::operator::commands(&house.db, clock);
    commands.extend(setup::operator::commands(&house.db, clock));
    commands.extend(keys::operator::commands(keys, clock));
    commands.push(upkeep::operator::command(house, clock.clone(), hub));
    commands
}

/// All that is looked after.
pub fn household(
    data: &Path,
    vault: &Vault,
    db: &Db,
    files: &attachments::Files,
    recordings: &Recordings,
) -> Household {
    let (db, files, recordings) = (db.clone(), files.clone(), recordings.clone());
    Household { db, files, recordings, vault: vault.clone(), search: data.join("search.db") }
}

fn watch(running: &Running<'_>, rooms: &Rooms) -> io::Result<Watch> {
    let Running { data, db, clock, proxies, server, watched, backup, .. } = running;
    let (store, courier, played) = (db.clone(), rooms.courier.clone(), rooms.stage.clone());
    let (kept, every_ms, keys) = (data.to_path_buf(), backup.longest_gap_ms(), rooms.keys.clone());
    let sources = Sources {
        data: data.to_path_buf(),
        db: db.clone(),
        hub: rooms.hub.clone(),
        clock: clock.clone(),
        post: rooms.post.clone(),
        certificate: watched.certificate,
        last_backup: Box::new(move || last_backup(&kept, every_ms)),
        exchange: Box::new(move || {
            let far = keys.progress()?;
            Some(watch::Exchange { step: far.step.code(), done: far.done, total: far.total })
        }),
        attachments: Box::new(move || store.read_blocking(attachments::total)),
        families: Box::new(move || {
            let rooms = [http::figures::families, socket::figures::families, jobs::figures::families];
            let domains = [identity::figures::families, conversations::figures::families];
            let counted = rooms.into_iter().chain(domains).flat_map(|families| families());
            counted.chain(played.figures()).chain(courier.families()).collect()
        }),
    };
    let known_by = proxies.public_origin().map_or_else(|| server.listen.to_string(), str::to_owned);
    Watch::new(sources, watched.access.clone(), known_by)
}

fn last_backup(data: &Path, every_ms: i64) -> Option<LastBackup> {
    let runs = backup::last(data);
    if runs.is_none() && every_ms == 0 {
        return None;
    }
    let runs = runs.unwrap_or_default();
    Some(LastBackup {
        good_at: runs.last_good.map(|run| Millis(run.began_at)),
        failed: runs.last.is_some_and(|run| run.failure.is_some()),
        every_ms,
    })
}

fn local(listen: SocketAddr, watch: Watch) -> Local {
    let routes = move |config: &mut web::ServiceConfig| {
        watch::feature::data(config, &watch);
        watch::feature::local_routes(config);
    };
    Local { listen, routes: Arc::new(routes) }
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
    queue: Data<Queue>,
    clock: Data<Clock>,
    limits: Data<Limits>,
    proxies: Data<Proxies>,
    transport: Data<Transport>,
    assets: Data<Assets>,
    frame_ancestors: Data<FrameAncestors>,
    passwords: Data<Passwords>,
    sign_in_limits: Data<SignInLimits>,
    easel: Data<Easel>,
    unstored: Data<Unstored>,
    files: Data<attachments::Files>,
    recordings: Data<Recordings>,
    search: Data<Search>,
    stage: Data<Stage>,
    call_rates: Data<CallRates>,
    exchange: Data<Exchange>,
    rates: Data<Rates>,
    new_visitors: Data<NewVisitors>,
    visitor_uploads: Data<VisitorUploads>,
    transfers: Data<transfers::Settings>,
    watch: Watch,
    courier: Courier,
}

impl Shared {
    fn new(running: &Running<'_>, rooms: &Rooms, watch: &Watch) -> Self {
        let limits = &running.server.limits;
        let (shared_limits, rates) = (Data::new(limits.clone()), Data::new(Rates::new(limits)));
        let exchange = Exchange {
            doors: FEATURES.iter().filter_map(|feature| feature.door).collect(),
            own: FEATURES.iter().filter_map(|feature| feature.own).collect(),
            frames: Frames::new(FEATURES.iter().flat_map(|feature| (feature.frame_kinds)(rooms))).into(),
            db: running.db.clone(),
            hub: rooms.hub.clone(),
            clock: running.clock.clone(),
            limits: shared_limits.clone(),
            rates: rates.clone(),
            seats: Seats::default(),
            lines: Lines::default(),
        };
        Shared {
            db: Data::new(running.db.clone()),
            hub: Data::new(rooms.hub.clone()),
            queue: Data::new(rooms.queue.clone()),
            clock: Data::new(running.clock.clone()),
            limits: shared_limits,
            proxies: Data::new(running.proxies.clone()),
            transport: Data::new(running.transport),
            assets: Data::new(running.assets.clone()),
            frame_ancestors: Data::new(FrameAncestors(Box::new(visitors::feature::frame_ancestors))),
            passwords: Data::new(Passwords::new(limits)),
            sign_in_limits: Data::new(SignInLimits::new(limits)),
            easel: Data::new(Easel::new(running.means.picture_bytes)),
            unstored: Data::new(Unstored::default()),
            files: Data::new(rooms.files.clone()),
            recordings: Data::new(rooms.recordings.clone()),
            search: Data::new(rooms.search.clone()),
            stage: Data::new(rooms.stage.clone()),
            call_rates: Data::new(CallRates::new(limits)),
            exchange: Data::new(exchange),
            rates,
            new_visitors: Data::new(NewVisitors(Limiter::new(limits.new_visitors))),
            visitor_uploads: Data::new(VisitorUploads(Limiter::new(limits.visitor_uploads))),
            transfers: Data::new(running.transfers.clone()),
            watch: watch.clone(),
            courier: rooms.courier.clone(),
        }
    }
}

fn wire(config: &mut web::ServiceConfig, shared: &Shared) {
    let shared = shared.clone();
    watch::feature::data(config, &shared.watch);
    webhooks::feature::data(config, &shared.courier);
    config
        .app_data(shared.db)
        .app_data(shared.hub)
        .app_data(shared.queue)
        .app_data(shared.clock)
        .app_data(shared.limits)
        .app_data(shared.proxies)
        .app_data(shared.transport)
        .app_data(shared.assets)
        .app_data(shared.frame_ancestors)
        .app_data(shared.passwords)
        .app_data(shared.sign_in_limits)
        .app_data(shared.easel)
        .app_data(shared.unstored)
        .app_data(shared.files)
        .app_data(shared.recordings)
        .app_data(shared.search)
        .app_data(shared.stage)
        .app_data(shared.call_rates)
        .app_data(shared.exchange)
        .app_data(shared.rates)
        .app_data(shared.new_visitors)
        .app_data(shared.visitor_uploads)
        .app_data(shared.transfers)
        .configure(socket::routes)
        .route("/api/openapi.json", web::get().to(openapi_json));
    described(&mut ServiceConfig::new(config));
}

/// Every route that `/api/openapi.json` describes.
fn described(config: &mut ServiceConfig<'_>) {
    config.service(scope("/api/v1").configure(|config| FEATURES.iter().for_each(|feature| (feature.routes)(config))));
    config.service(healthz);
    identity::feature::public_routes(config);
    watch::feature::public_routes(config);
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    #[test]
    fn the_description_names_every_route_once_with_its_errors_and_only_known_schemas() {
        let text = openapi_text();
        let api: Value = serde_json::from_str(&text).unwrap();
        let paths = api["paths"].as_object().unwrap();
        let mut names = HashSet::new();
        for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{operation}");
            assert!(operation["responses"]["default"].is_object(), "{operation}");
        }
        assert!(paths.contains_key("/healthz") && paths.contains_key("/api/v1/session"));
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(api["components"]["schemas"][name].is_object(), "{name} is not described");
        }
    }
}
