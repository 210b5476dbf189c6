//! Sending.

use super::letter::{Letter, Outcome};
use super::reach::{Forbidden, Reach};
use crate::kernel::{Clock, Stopwatch};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Response, Url};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// From the look-up of the name to the end of the answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Of an answer, for people to see; the rest is not read.
const ANSWER_BYTES_MAX: usize = 1_000;

/// Cheap to clone.
#[derive(Clone)]
pub struct Post {
    http: reqwest::Client,
    reach: Reach,
    clock: Clock,
}

impl Post {
    pub fn new(reach: Reach, clock: Clock) -> std::io::Result<Post> {
        let http = client(&reach).map_err(std::io::Error::other)?;
        Ok(Post { http, reach, clock })
    }

    /// Sends it once. No word of an address or an answer goes to the log: it may be a secret.
    pub async fn send(&self, letter: &Letter<'_>) -> Outcome {
        let (at, watch) = (self.clock.now(), Stopwatch::start());
        let mut outcome =
            Outcome { at, status: None, result: "forbidden", took_ms: 0, answer: String::new(), retry_after_s: None };
        let Ok(url) = letter.url.parse::<Url>() else { return Outcome { result: "failed", ..outcome } };
        if !self.reach.admits_host(&url) {
            return outcome;
        }
        let timestamp = (at.0 / 1_000).to_string();
        let signature = letter.signatures(&timestamp);
        let request =
            self.http.post(url).header("content-type", "application/json").header("parlor-delivery", letter.id);
        let request = request.header("parlor-timestamp", timestamp).header("parlor-signature", signature);
        match request.body(letter.body.clone()).send().await {
            Ok(answer) => {
                let status = answer.status();
                outcome.result = if status.is_success() { "ok" } else { "refused" };
                outcome.status = Some(status.as_u16());
                outcome.retry_after_s = retry_after(&answer);
                // The status decides: who said 2xx has it, whatever becomes of the rest.
                outcome.answer = beginning(answer).await.unwrap_or_default();
            }
            Err(error) => outcome.result = what_went_wrong(&error),
        }
        outcome.took_ms = watch.elapsed().as_millis() as i64;
        outcome
    }
}

fn retry_after(answer: &Response) -> Option<u32> {
    answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The whole of a short answer is read, so that the connection can be used again.
async fn beginning(mut answer: Response) -> reqwest::Result<String> {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES_MAX
        && let Some(chunk) = answer.chunk().await?
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES_MAX - bytes.len())]);
    }
    Ok(String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}"))
}

fn what_went_wrong(error: &reqwest::Error) -> &'static str {
    if is_forbidden(error) {
        "forbidden"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "unreachable"
    } else {
        "failed"
    }
}

fn is_forbidden(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<Forbidden>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn client(reach: &Reach) -> Result<reqwest::Client, Box<dyn std::error::Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = || ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let tls = match tls()?.with_platform_verifier() {
        Ok(tls) => tls.with_no_client_auth(),
        // A bare system has none; then no https address is to be trusted, which is no reason not to serve.
        Err(error) => {
            tracing::debug!(%error, "no authorities: nothing can be sent to https addresses");
            tls()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    };
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().redirect(Policy::none());
    let builder = builder.dns_resolver(reach.clone()).timeout(ANSWER_TIME);
    Ok(builder.user_agent(concat!("Parlor/", env!("CARGO_PKG_VERSION"))).build()?)
}
