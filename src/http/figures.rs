//! What the web's side counts: requests by their route's pattern, and what they were refused for.

use crate::kernel::figures::{Count, Family, Named, Reading, Spread};
use actix_web::http::{Method, StatusCode};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

/// Statuses that are told apart; any other counts as the last.
const STATUSES: [u16; 24] = [
    101, 200, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413, 415, 416, 422, 429, 500, 503,
    0,
];
/// Its 503 is an answer and no failure.
const READINESS: &str = "/readyz";
/// The description has fewer; nobody may fill the memory by asking.
const ROUTES_MAX: usize = 500;

#[derive(Default)]
struct Route {
    time: Spread,
    statuses: [Count; STATUSES.len()],
}

#[derive(Default)]
pub struct Figures {
    routes: RwLock<HashMap<(&'static str, String), &'static Route>>,
    requests: Count,
    /// Answers of the status 500 and above.
    pub server_errors: Count,
    /// Problems by their code, and refused frames of sockets too.
    pub problems: Named<Count>,
}

pub static FIGURES: LazyLock<Figures> = LazyLock::new(Figures::default);

impl Figures {
    pub(super) fn note(&self, method: &'static str, pattern: Option<String>, status: StatusCode, time: Duration) {
        self.requests.one();
        if status.is_server_error() && pattern.as_deref() != Some(READINESS) {
            self.server_errors.one();
        }
        let route = self.route(method, pattern);
        let place = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        route.statuses[place].one();
        route.time.took(time);
    }

    pub fn requests(&self) -> u64 {
        self.requests.get()
    }

    fn route(&self, method: &'static str, pattern: Option<String>) -> &'static Route {
        let key = (method, pattern.unwrap_or_else(|| "-".into()));
        if let Some(route) = self.routes.read().get(&key) {
            return route;
        }
        let mut routes = self.routes.write();
        let key = if routes.len() < ROUTES_MAX { key } else { ("-", "-".into()) };
        // As many as there are routes, for as long as the program runs.
        routes.entry(key).or_insert_with(|| Box::leak(Box::default()))
    }
}

/// Anything may stand there.
pub(super) fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "-",
    }
}

/// Of all servers of the process.
pub fn families() -> Vec<Family> {
    let (mut counts, mut times) = (Vec::new(), Vec::new());
    for ((method, route), figures) in FIGURES.routes.read().iter() {
        let labels = vec![("method", (*method).to_owned()), ("route", route.clone())];
        for (status, count) in STATUSES.iter().zip(&figures.statuses).filter(|(_, count)| count.get() > 0) {
            let status = if *status == 0 { "-".to_owned() } else { status.to_string() };
            counts.push(([labels.clone(), vec![("status", status)]].concat(), Reading::Count(count.get())));
        }
        times.push((labels, Reading::Spread(figures.time.get())));
    }
    vec![
        Family { name: "parlor_http_requests", help: "Answered requests, by route and status", readings: counts },
        Family {
            name: "parlor_http_request_seconds",
            help: "From a request's head until the head of its answer, by route",
            readings: times,
        },
        Family::counts("parlor_problems", "Refused requests and frames", "code", &FIGURES.problems),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_to_be_ready_is_no_error_of_the_server() {
        let figures = Figures::default();
        for route in ["/readyz", "/api/v1/session"] {
            figures.note("GET", Some(route.into()), StatusCode::SERVICE_UNAVAILABLE, Duration::ZERO);
        }
        assert_eq!((figures.server_errors.get(), figures.requests()), (1, 2));
    }

    #[test]
    fn strange_methods_and_a_thousand_routes_take_no_more_room() {
        let figures = Figures::default();
        for n in 0..2 * ROUTES_MAX {
            let method = Method::from_bytes(format!("M{n}").as_bytes()).unwrap();
            figures.note(known_method(&method), Some(format!("/{n}")), StatusCode::IM_A_TEAPOT, Duration::ZERO);
        }
        let routes = figures.routes.read();
        assert!(routes.len() <= ROUTES_MAX + 1, "{}", routes.len());
        assert!(routes.keys().all(|(method, _)| *method == "-"));
    }
}
