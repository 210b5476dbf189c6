//! Bringing a backup to an S3-compatible store. Nothing goes there that is not in the settings, and only whole backups.

mod sign;

use super::error::{BackupError, Result};
use crate::kernel::Clock;
use bytes::Bytes;
use reqwest::{Body, Client, Method, Response, StatusCode};
use rustls_platform_verifier::Verifier;
use serde::Deserialize;
use sign::{Request, Signer, encode, query_string, sha256_hex};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Up to this it goes in one piece; longer ones in parts of at least this, of which a store takes 10,000.
const PART_BYTES: u64 = 16 << 20;
const PARTS_MAX: u64 = 10_000;
const PATIENCE: Duration = Duration::from_secs(300);
const ATTEMPTS: u32 = 3;

/// `[backup.s3]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `https://s3.example.com`
    pub endpoint: String,
    #[serde(default = "anywhere")]
    pub region: String,
    pub bucket: String,
    /// Before each name, such as `parlor/`.
    #[serde(default)]
    pub prefix: String,
    /// Files with the two keys, a line each.
    pub access_key_file: PathBuf,
    pub secret_key_file: PathBuf,
}

fn anywhere() -> String {
    "us-east-1".into()
}

/// One bucket.
pub struct Bucket<'a> {
    settings: &'a Settings,
    access_key: String,
    secret_key: String,
    host: String,
    client: Client,
    clock: Clock,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Bucket<'a> {
    pub fn open(settings: &'a Settings, clock: &Clock) -> Result<Bucket<'a>> {
        let host = settings.endpoint.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"));
        let host = host.map(|(_, host)| host.trim_end_matches('/').to_owned());
        let host = host.filter(|host| !host.is_empty() && !host.contains('/'));
        let host = host.ok_or_else(|| remote(format!("the endpoint {:?} is no address", settings.endpoint)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Bucket {
            settings,
            access_key: key(&settings.access_key_file)?,
            secret_key: key(&settings.secret_key_file)?,
            host,
            client: client()?,
            clock: clock.clone(),
            runtime: runtime.map_err(remote)?,
        })
    }

    /// Puts a file there under its own name. When it returns, all of it is there.
    pub fn put(&self, file: &Path) -> Result<()> {
        self.runtime.block_on(async {
            let name = self.name(file)?;
            let mut opened = File::open(file).map_err(BackupError::io(file))?;
            let length = opened.metadata().map_err(BackupError::io(file))?.len();
            if length <= PART_BYTES {
                let body = portion(&mut opened, length).map_err(BackupError::io(file))?;
                return self.send(Method::PUT, &name, &[], body).await.map(drop);
            }
            let begun = self.send(Method::POST, &name, &[("uploads", "")], Bytes::new()).await?;
            let answer = begun.text().await.map_err(remote)?;
            let upload = between(&answer, "<UploadId>", "</UploadId>").ok_or_else(|| remote("no upload was begun"))?;
            let sent = self.put_parts(&name, &upload, &mut opened, length).await;
            if sent.is_err() {
                // What has arrived costs room there; that it cannot be taken back is the smaller trouble.
                let _ = self.send(Method::DELETE, &name, &[("uploadId", &upload)], Bytes::new()).await;
            }
            sent
        })
    }

    /// Takes a file away again. That it is not there is fine.
    pub fn delete(&self, file: &Path) -> Result<()> {
        let name = self.name(file)?;
        self.runtime.block_on(self.send(Method::DELETE, &name, &[], Bytes::new())).map(drop)
    }

    fn name(&self, file: &Path) -> Result<String> {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or_else(|| remote("a file without a name"))?;
        Ok(format!("{}{name}", self.settings.prefix))
    }

    async fn put_parts(&self, name: &str, upload: &str, file: &mut File, length: u64) -> Result<()> {
        let size = PART_BYTES.max(length.div_ceil(PARTS_MAX));
        let mut list = String::from("<CompleteMultipartUpload>");
        for number in 1..=length.div_ceil(size) {
            let body = portion(file, size).map_err(BackupError::io(Path::new(name)))?;
            let number = number.to_string();
            let answer = self.send(Method::PUT, name, &[("partNumber", &number), ("uploadId", upload)], body).await?;
            let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
            let tag = tag.ok_or_else(|| remote("a part was not confirmed"))?;
            list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
        }
        list += "</CompleteMultipartUpload>";
        let answer = self.send(Method::POST, name, &[("uploadId", upload)], list.into()).await?;
        let text = answer.text().await.map_err(remote)?;
        // Says 200 first and may still fail while it puts the parts together.
        match between(&text, "<Message>", "</Message>").filter(|_| text.contains("<Error>")) {
            Some(message) => Err(remote(message)),
            None => Ok(()),
        }
    }

    /// With a few attempts: what is sent can be sent again.
    async fn send(&self, method: Method, name: &str, query: &[(&str, &str)], body: Bytes) -> Result<Response> {
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(&method, name, query, body.clone()).await {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) => {
                    let status = answer.status();
                    let text = answer.text().await.unwrap_or_default();
                    let message = between(&text, "<Message>", "</Message>").unwrap_or_default();
                    let error = remote(format!("{} answers {status} {message}", self.host));
                    if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
                        return Err(error);
                    }
                    error
                }
                Err(error) => remote(format!("{}: {}", self.host, root_cause(&error))),
            };
            if attempt == ATTEMPTS {
                return Err(failed);
            }
            tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        name: &str,
        query: &[(&str, &str)],
        body: Bytes,
    ) -> reqwest::Result<Response> {
        let path = format!("/{}/{}", encode(&self.settings.bucket, false), encode(name, true));
        let (at, body_sha256) = (self.clock.now(), sha256_hex(&body));
        let signer =
            Signer { access_key: &self.access_key, secret_key: &self.secret_key, region: &self.settings.region };
        let request =
            Request { method: method.as_str(), host: &self.host, path: &path, query, body_sha256: &body_sha256, at };
        let mut url = format!("{}{path}", self.settings.endpoint.trim_end_matches('/'));
        if !query.is_empty() {
            url += &format!("?{}", query_string(query));
        }
        let signed = self.client.request(method.clone(), url).header("authorization", signer.sign(&request));
        let signed = signed.header("x-amz-date", sign::date(at)).header("x-amz-content-sha256", &body_sha256);
        signed.body(Body::from(body)).send().await
    }
}

fn client() -> Result<Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(provider.clone()).map_err(remote)?;
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(remote)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let client = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    client.tls_backend_preconfigured(tls.with_no_client_auth()).build().map_err(remote)
}

fn key(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).map_err(BackupError::io(file))?;
    Some(text.trim().to_owned())
        .filter(|key| !key.is_empty())
        .ok_or_else(|| remote(format!("{} is empty", file.display())))
}

fn portion(file: &mut File, bytes: u64) -> std::io::Result<Bytes> {
    let mut portion = Vec::new();
    file.take(bytes).read_to_end(&mut portion)?;
    Ok(portion.into())
}

fn between(text: &str, begin: &str, end: &str) -> Option<String> {
    let from = text.find(begin)? + begin.len();
    Some(text[from..from + text[from..].find(end)?].to_owned())
}

fn remote(what: impl ToString) -> BackupError {
    BackupError::Remote(what.to_string())
}

/// "error sending request" says nothing; what lies under it does.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
