//! The pages: embedded in the program, or read from a folder while somebody works on them.
//!
//! `dist/<path>` is served at `/assets/<path>` for ever, since names carry a hash. `widget.js` and the three `index.html` have
//! addresses of their own and are asked for again each time.

use super::encoding::Encoding;
use super::{Client, is_current};
use crate::kernel::{Error, Result};
use actix_web::http::header;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::PathBuf;

use super::Problem;

#[derive(RustEmbed)]
#[folder = "$PARLOR_WEB_DIST"]
struct Embedded;

/// Where the web's files come from.
#[derive(Clone)]
pub enum Assets {
    Embedded,
    Folder(PathBuf),
}

/// Which origins may frame a channel's chat page; none named means any. Where that cannot be known, there is no page. Wired
/// by the program to the channels.
pub struct FrameAncestors(pub Box<Ask>);
type Ask = dyn Fn(&HttpRequest, &str) -> LocalBoxFuture<'static, Result<Vec<String>>> + Send + Sync;

struct File {
    bytes: Bytes,
    etag: String,
    encoding: Encoding,
}

impl Assets {
    fn read(&self, path: &str) -> Option<(Bytes, [u8; 32])> {
        match self {
            Assets::Embedded => {
                let file = Embedded::get(path)?;
                let bytes = match file.data {
                    Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    Cow::Owned(bytes) => Bytes::from(bytes),
                };
                Some((bytes, file.metadata.sha256_hash()))
            }
            Assets::Folder(folder) => {
                let bytes = std::fs::read(folder.join(path)).ok()?;
                let hash = Sha256::digest(&bytes).into();
                Some((bytes.into(), hash))
            }
        }
    }

    /// The best form of a file that the browser takes.
    fn find(&self, path: &str, request: &HttpRequest) -> Option<File> {
        let plain =
            path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']));
        if !plain {
            return None;
        }
        Encoding::ALL.into_iter().filter(|encoding| encoding.is_accepted(request)).find_map(|encoding| {
            let (bytes, hash) = self.read(&format!("{path}{}", encoding.suffix()))?;
            let etag = format!("\"{:x}\"", u64::from_be_bytes(hash[..8].try_into().ok()?));
            Some(File { bytes, etag, encoding })
        })
    }
}

/// All addresses of pages and their files. `default` also answers what no route of ours knows.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/assets/{path:.*}", web::get().to(asset))
        .route("/assets/{path:.*}", web::head().to(asset))
        .route("/widget.js", web::get().to(widget))
        .route("/widget.js", web::head().to(widget))
        .route("/c/{channel}", web::get().to(chat))
        .route("/c/{channel}", web::head().to(chat))
        .route("/api/docs", web::get().to(api_docs))
        .route("/favicon.ico", web::get().to(favicon));
}

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";

async fn asset(
    request: HttpRequest,
    path: web::Path<String>,
    assets: web::Data<Assets>,
) -> Result<HttpResponse, Problem> {
    let has_own_address = path.as_str() == "widget.js" || path.ends_with("index.html");
    let packed = path.ends_with(".br") || path.ends_with(".gz");
    let file = assets.find(&path, &request).filter(|_| !has_own_address && !packed).ok_or_else(Error::not_found)?;
    let mut response = HttpResponse::Ok();
    response.content_type(media_type(&path)).insert_header((header::CACHE_CONTROL, IMMUTABLE));
    // A worker has the policy of its own file.
    response.insert_header((header::CONTENT_SECURITY_POLICY, policy(&request, "'none'", Scripts::Free)));
    Ok(answer(&request, response, file))
}

/// Runs in foreign pages, by name and for years: no hash, a short memory.
async fn widget(request: HttpRequest, assets: web::Data<Assets>) -> Result<HttpResponse, Problem> {
    let file = assets.find("widget.js", &request).ok_or_else(Error::not_found)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/javascript; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"));
    Ok(answer(&request, response, file))
}

async fn chat(
    request: HttpRequest,
    channel: web::Path<String>,
    assets: web::Data<Assets>,
    ancestors: web::Data<FrameAncestors>,
) -> Result<HttpResponse, Problem> {
    let origins = (ancestors.0)(&request, &channel).await?;
    // Settings were checked when they were stored; what could end a policy's word never gets this far.
    let origins: Vec<String> = origins.into_iter().filter(|o| !o.contains([';', ',', ' ', '\r', '\n'])).collect();
    let ancestors = if origins.is_empty() { "*".to_owned() } else { format!("'self' {}", origins.join(" ")) };
    page(&request, &assets, "chat", &ancestors, Scripts::Trusted)
}

async fn api_docs(request: HttpRequest, assets: web::Data<Assets>) -> Result<HttpResponse, Problem> {
    page(&request, &assets, "api-docs", "'none'", Scripts::Free)
}

async fn favicon(request: HttpRequest, assets: web::Data<Assets>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("image/x-icon").insert_header((header::CACHE_CONTROL, "public, max-age=86400"));
    match assets.find("favicon.ico", &request) {
        Some(file) => answer(&request, response, file),
        None => response.status(StatusCode::NO_CONTENT).finish(),
    }
}

/// What no route knows: for a browser looking for a page, the console, whose own router takes it from there.
pub async fn otherwise(request: HttpRequest, assets: web::Data<Assets>) -> Result<HttpResponse, Problem> {
    let path = request.path();
    let ours = ["/api/", "/assets/", "/avatars/"].iter().any(|prefix| path.starts_with(prefix));
    let wants_page = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let looks_for_page = wants_page.is_some_and(|accept| accept.contains("text/html"));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || ours || !(looks_for_page || path == "/") {
        return Err(Error::not_found().into());
    }
    let mut response = page(&request, &assets, "console", "'none'", Scripts::Trusted)?;
    let opener = header::HeaderName::from_static("cross-origin-opener-policy");
    response.headers_mut().insert(opener, header::HeaderValue::from_static("same-origin"));
    Ok(response)
}

fn page(
    request: &HttpRequest,
    assets: &Assets,
    name: &str,
    ancestors: &str,
    scripts: Scripts,
) -> Result<HttpResponse, Problem> {
    let file = assets.find(&format!("{name}/index.html"), request).ok_or_else(Error::not_found)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, REVALIDATE))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(request, ancestors, scripts)));
    Ok(answer(request, response, file))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scripts {
    /// Ours: never makes code or markup from strings, and the browser holds us to it.
    Trusted,
    /// The API reference is somebody else's program.
    Free,
}

fn policy(request: &HttpRequest, ancestors: &str, scripts: Scripts) -> String {
    let client = Client::of(request);
    // Older Safari does not count our own socket as 'self'.
    let socket = client.own_origin.replacen("http", "ws", 1);
    let trusted = match scripts {
        Scripts::Trusted => "; require-trusted-types-for 'script'; trusted-types 'none'",
        Scripts::Free => "",
    };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
         connect-src 'self' {socket}; font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}{trusted}"
    )
}

fn answer(request: &HttpRequest, mut response: HttpResponseBuilder, file: File) -> HttpResponse {
    response.insert_header((header::VARY, "Accept-Encoding")).insert_header((header::ETAG, file.etag.clone()));
    if is_current(request.headers(), &file.etag) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    if file.encoding != Encoding::Identity {
        response.insert_header((header::CONTENT_ENCODING, file.encoding.name()));
    }
    response.body(file.bytes)
}

fn media_type(path: &str) -> String {
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    match media_type.type_() {
        mime_guess::mime::TEXT => format!("{media_type}; charset=utf-8"),
        _ => media_type.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, dev::ServiceResponse};

    async fn get(path: &str, lines: &[(&'static str, &'static str)]) -> ServiceResponse {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("widget.js", "loader"),
            ("console/index.html", "<p>console"),
            ("console/main-1.js", "plain"),
            ("console/main-1.js.br", "brotli"),
            ("chat/index.html", "<p>chat"),
        ] {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        std::fs::write(folder.path().join("../secret.txt"), "secret").ok();
        let frames = FrameAncestors(Box::new(|_, channel| {
            let origins = match channel {
                "wc_shop" => Ok(vec!["https://shop.example".to_owned()]),
                "wc_busy" => Err(Error::busy()),
                _ => Ok(Vec::new()),
            };
            Box::pin(async { origins })
        }));
        let app = App::new()
            .app_data(web::Data::new(Assets::Folder(folder.path().to_owned())))
            .app_data(web::Data::new(frames))
            .configure(routes)
            .default_service(web::to(otherwise));
        let app = init_service(app).await;
        let request = TestRequest::get().uri(path).insert_header(("host", "chat.example"));
        let request = lines.iter().fold(request, |request, line| request.append_header(*line)).to_request();
        let response = call_service(&app, request).await;
        drop(folder);
        response
    }

    fn header(response: &ServiceResponse, name: &str) -> String {
        response.headers().get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[actix_web::test]
    async fn files_come_in_the_form_the_browser_takes_and_stay() {
        let response = get("/assets/console/main-1.js", &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(header(&response, "content-encoding"), "br");
        assert_eq!(header(&response, "cache-control"), IMMUTABLE);
        assert_eq!(read_body(response).await, "brotli");
        let plain = get("/assets/console/main-1.js", &[]).await;
        assert!(!plain.headers().contains_key("content-encoding"));
        assert_eq!(read_body(plain).await, "plain");
    }

    #[actix_web::test]
    async fn nothing_outside_of_the_folder_and_nothing_by_a_second_address() {
        for path in [
            "/assets/../secret.txt",
            "/assets/%2e%2e/secret.txt",
            "/assets/..%2fsecret.txt",
            "/assets//etc/passwd",
            "/assets/",
            "/assets/widget.js",
            "/assets/console/index.html",
            "/assets/console/main-1.js.br",
            "/api/nothing",
        ] {
            assert_eq!(get(path, &[("accept", "text/html")]).await.status(), 404, "{path}");
        }
    }

    #[actix_web::test]
    async fn every_page_of_the_console_is_the_console_but_only_for_browsers() {
        for path in ["/", "/setup", "/inbox/mine", "/conversations/cnv_1", "/settings/people"] {
            let response = get(path, &[("accept", "text/html,application/xhtml+xml")]).await;
            let csp = header(&response, "content-security-policy");
            assert!(csp.contains("frame-ancestors 'none'") && csp.contains("connect-src 'self' ws://chat.example;"));
            assert_eq!(read_body(response).await, "<p>console", "{path}");
        }
        assert_eq!(get("/inbox/logo.png", &[("accept", "image/*")]).await.status(), 404);
    }

    #[actix_web::test]
    async fn a_chat_may_be_framed_by_the_sites_of_its_channel() {
        let csp = |response: ServiceResponse| header(&response, "content-security-policy");
        assert!(csp(get("/c/wc_any", &[]).await).contains("frame-ancestors *;"));
        assert!(csp(get("/c/wc_shop", &[]).await).contains("frame-ancestors 'self' https://shop.example;"));
        assert_eq!(get("/c/wc_busy", &[]).await.status(), 429, "not known by whom: then by nobody");
    }

    #[actix_web::test]
    async fn what_a_browser_has_is_not_sent_again() {
        let response = get("/widget.js", &[]).await;
        assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
        let etag: &'static str = header(&response, "etag").leak();
        assert_eq!(get("/widget.js", &[("if-none-match", etag)]).await.status(), 304);
    }
}
