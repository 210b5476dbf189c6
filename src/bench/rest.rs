//! The few calls that are not frames.

use anyhow::{Context, Result, bail};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use rustls::ClientConfig;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone)]
pub struct Rest {
    http: reqwest::Client,
    base: String,
    /// An API token's secret.
    token: String,
}

/// What was answered, unless it was a success.
#[derive(Debug)]
pub struct Problem {
    pub status: u16,
    pub code: String,
    pub detail: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.status, self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl Rest {
    pub fn new(url: &str, token: &str, tls: Option<&Arc<ClientConfig>>) -> Result<Rest> {
        let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
        let builder = match tls {
            Some(config) => builder.tls_backend_preconfigured(ClientConfig::clone(config)),
            // It wants some, though nothing here uses it.
            None => builder.tls_backend_preconfigured(
                ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                    .with_safe_default_protocol_versions()?
                    .with_root_certificates(rustls::RootCertStore::empty())
                    .with_no_client_auth(),
            ),
        };
        let http = builder.build().context("no HTTP client")?;
        Ok(Rest { http, base: format!("{url}/api/v1"), token: token.to_owned() })
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request.send().await.with_context(|| format!("no answer from {}", self.base))?).await
    }

    /// Signs in as somebody and makes an API token that acts as them.
    pub async fn token_of(&self, email: &str, password: &str) -> Result<String> {
        let sign_in = self.http.post(format!("{}/session", self.base)).header("X-Parlor-Request", "1");
        let credentials = serde_json::json!({"email": email, "password": password});
        let response = sign_in.json(&credentials).send().await?;
        let cookie = response.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        answer(response).await?;
        let make = self.http.post(format!("{}/tokens", self.base)).header("X-Parlor-Request", "1");
        let made = make.header(COOKIE, cookie).json(&serde_json::json!({"name": "bench"})).send().await?;
        text(&answer(made).await?, "secret")
    }

    pub fn as_nobody(&self) -> Rest {
        Rest { token: String::new(), ..self.clone() }
    }
}

async fn answer(response: reqwest::Response) -> Result<Value> {
    let status = response.status();
    let body = response.bytes().await?;
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        return Ok(value);
    }
    let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    bail!(Problem { status: status.as_u16(), code: word("code"), detail: word("detail") })
}

/// A field that must be there.
pub fn text(value: &Value, field: &str) -> Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("an answer without {field}: is this a Parlor?"))
}
