//! What the web must not do to us, and what we tell browsers so that it cannot.

use crate::world::{Agent, Answer, Door, OWNER, PASSWORD, Socket, World, answer, new_id};
use reqwest::Method;
use serde_json::json;

async fn plain(world: &World, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = world.http.request(method, format!("{}{path}", world.url)).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

fn says(answer: &Answer, header: &str) -> String {
    answer.headers.get(header).map_or("", |value| value.to_str().unwrap()).to_owned()
}

#[tokio::test]
async fn every_kind_of_answer_tells_the_browser_to_be_careful() {
    let world = World::new().await;
    for (path, status) in [
        ("/healthz", 200),
        ("/api/v1/setup", 200),
        ("/api/v1/session", 401),
        ("/api/v1/nothing", 404),
        ("/api/v1/visitor/channel", 400),
        ("/api/openapi.json", 200),
        ("/", 200),
        ("/c/wc_nothing", 200),
        ("/assets/nothing.js", 404),
        ("/widget.js", 200),
        ("/avatars/nothing", 404),
    ] {
        let answered = plain(&world, Method::GET, path, &[("accept", "text/html,*/*")], "").await;
        assert_eq!(answered.status, status, "{path}");
        assert_eq!(says(&answered, "x-content-type-options"), "nosniff", "{path}");
        let policy = says(&answered, "content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(
            !says(&answered, "referrer-policy").is_empty() && !says(&answered, "permissions-policy").is_empty(),
            "{path}"
        );
        assert!(answered.headers.get("server").is_none() && answered.headers.get("x-powered-by").is_none(), "{path}");
    }
    let console = plain(&world, Method::GET, "/", &[("accept", "text/html")], "").await;
    assert!(says(&console, "content-security-policy").contains("frame-ancestors 'none'"));
    let api = plain(&world, Method::GET, "/api/v1/setup", &[], "").await;
    assert_eq!(says(&api, "cache-control"), "no-store");
}

#[tokio::test]
async fn a_foreign_page_can_do_nothing_with_an_agents_cookie() {
    let world = World::new().await;
    let olga = world.owner().await;
    let cookie = olga.headers[0].1.clone();
    let own = world.url.clone();
    let sign_in = world.stranger().post("/session", &json!({"email": OWNER, "password": PASSWORD})).await;
    let given = says(&sign_in, "set-cookie");
    assert!(given.contains("HttpOnly") && given.contains("SameSite=Strict") && given.contains("Path=/"), "{given}");
    assert!(!given.contains("Secure"), "on plain loopback it would never come back: {given}");
    let cookie = ("cookie", cookie.as_str());
    let mark = ("x-parlor-request", "1");
    for bad in [
        vec![cookie],
        vec![cookie, ("origin", own.as_str())],
        vec![cookie, mark, ("origin", "https://evil.example")],
        vec![cookie, mark, ("origin", "null")],
    ] {
        let body = r#"{"name":"Evil"}"#;
        let lines: Vec<_> = bad.iter().copied().chain([("content-type", "application/json")]).collect();
        plain(&world, Method::PATCH, "/api/v1/organisation", &lines, body).await.refused(403, "request.forged");
        plain(&world, Method::DELETE, "/api/v1/session", &lines, "").await.refused(403, "request.forged");
        plain(&world, Method::POST, "/api/v1/attachments", &lines, "x").await.refused(403, "request.forged");
    }
    assert_eq!(olga.get("/organisation").await.ok(200)["name"], "Acme");
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let mut headers = vec![("cookie".to_owned(), cookie.1.to_owned())];
        headers.extend(origin.map(|origin| ("origin".to_owned(), origin.to_owned())));
        // Refused at the door or right after it: never welcomed.
        if let Some(mut socket) = Socket::try_open(&world.url, &headers).await {
            socket.say(&json!({"type": "hello", "protocol": 1})).await;
            assert_eq!(socket.closed().await, 4401, "{origin:?}");
        }
    }
    let answered = plain(
        &world,
        Method::OPTIONS,
        "/api/v1/session",
        &[("origin", "https://evil.example"), ("access-control-request-method", "DELETE")],
        "",
    )
    .await;
    assert!(answered.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn uploaded_pages_and_drawings_are_downloads_and_files_come_in_parts() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let page = b"<script>alert(document.domain)</script>".to_vec();
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    for (name, media_type, bytes) in [
        ("a.html", "text/html", page.clone()),
        ("a.svg", "image/svg+xml", drawing),
        ("a.xhtml", "application/xhtml+xml", page.clone()),
        ("a.png", "image/png", page.clone()),
        ("a%22%0d%0aset-cookie:%20x=1.pdf", "application/pdf", page),
    ] {
        let upload = visitor.upload("/visitor/attachments", name, media_type, bytes.clone()).await;
        if upload.status == 415 {
            continue;
        }
        let id = upload.ok(201)["id"].as_str().unwrap().to_owned();
        visitor
            .post("/visitor/messages", &json!({"client_id": new_id(), "text": "", "attachments": [id]}))
            .await
            .ok(201);
        let served = visitor.get(&format!("/visitor/attachments/{id}")).await;
        assert!(served.bytes == bytes && served.status == 200);
        assert!(says(&served, "content-disposition").starts_with("attachment"), "{name}");
        assert!(says(&served, "content-security-policy").starts_with("sandbox"), "{name}");
        assert_eq!(says(&served, "x-content-type-options"), "nosniff");
        assert!(served.headers.get("set-cookie").is_none());
        for (range, status, part) in [
            ("bytes=0-3", 206, &bytes[..4]),
            ("bytes=-3", 206, &bytes[bytes.len() - 3..]),
            ("bytes=2-2", 206, &bytes[2..3]),
        ] {
            let request = visitor.http.get(format!("{}/api/v1/visitor/attachments/{id}", visitor.url));
            let served = answer(request.bearer_auth(&visitor.token).header("range", range)).await;
            assert!((served.status, served.bytes.as_slice()) == (status, part), "{range}");
        }
        for (range, status) in
            [("bytes=9999-", 416), ("bytes=5-2", 200), ("nonsense", 200), ("bytes=99999999999999999999-", 200)]
        {
            let request = visitor.http.get(format!("{}/api/v1/visitor/attachments/{id}", visitor.url));
            let served = answer(request.bearer_auth(&visitor.token).header("range", range)).await;
            assert!(served.status == status || served.status == 416, "{range}: {}", served.status);
        }
    }
}

#[tokio::test]
async fn a_forwarded_address_counts_only_if_the_proxy_is_ours() {
    for (proxy, refused) in [(None, true), (Some("10.0.0.0/8"), true), (Some("127.0.0.1/32"), false)] {
        let arguments: Vec<&str> = proxy.iter().flat_map(|proxy| ["--behind-proxy", proxy]).collect();
        let world = World::with(&arguments).await;
        let body = json!({"channel": world.channel_key}).to_string();
        let mut statuses = Vec::new();
        for n in 0..35 {
            let from = format!("6.6.6.6, 198.51.100.{n}");
            let headers = [("x-forwarded-for", from.as_str()), ("content-type", "application/json")];
            statuses.push(plain(&world, Method::POST, "/api/v1/visitor/session", &headers, &body).await.status);
        }
        assert_eq!(statuses.contains(&429), refused, "{proxy:?}: {statuses:?}");
        // The left end of the list is anybody's invention.
        if !refused {
            let mut last = 0;
            for n in 0..35 {
                let from = format!("203.0.113.{n}, 198.51.100.77");
                let headers = [("x-forwarded-for", from.as_str()), ("content-type", "application/json")];
                last = plain(&world, Method::POST, "/api/v1/visitor/session", &headers, &body).await.status;
            }
            assert_eq!(last, 429);
        }
    }
}

fn trusting(version: Option<reqwest::tls::Version>) -> reqwest::Client {
    let builder = reqwest::Client::builder().tls_danger_accept_invalid_certs(true);
    match version {
        Some(version) => builder.tls_version_min(version).tls_version_max(version).build().unwrap(),
        None => builder.build().unwrap(),
    }
}

#[tokio::test]
async fn on_an_open_address_everything_is_encrypted_from_the_first_start() {
    let mut world = World::stopped(&["--listen", "0.0.0.0:0"]);
    world.init();
    world.start().await;
    assert!(world.url.starts_with("https://") && world.printed.contains("fingerprint"), "{}", world.printed);
    let port = world.url.rsplit(':').next().unwrap().to_owned();
    world.url = format!("https://localhost:{port}");
    let versions = [reqwest::tls::Version::TLS_1_2, reqwest::tls::Version::TLS_1_3];
    for version in versions {
        let door = Door { http: trusting(Some(version)), url: world.url.clone(), headers: Vec::new() };
        assert_eq!(door.get("/setup").await.ok(200)["needed"], false);
    }
    let strict = reqwest::Client::new().get(format!("{}/healthz", world.url)).send().await;
    assert!(strict.is_err(), "a certificate of our own making is nobody else's");
    let clear = reqwest::Client::new().get(format!("http://localhost:{port}/healthz")).send().await;
    assert!(clear.is_err() || !clear.unwrap().status().is_success());
    world.http = trusting(None);
    let sign_in = world.stranger().post("/session", &json!({"email": OWNER, "password": PASSWORD})).await;
    let cookie = says(&sign_in, "set-cookie");
    assert!(cookie.starts_with("__Host-parlor_session=") && cookie.contains("Secure"), "{cookie}");
    let olga = Agent::sign_in(&world, OWNER).await;
    olga.get("/conversations/counts").await.ok(200);

    let (certificate, key) = (world.data().join("tls"), world.data());
    let made: Vec<_> = crate::world::files_below(&certificate).into_iter().map(|(path, _)| path).collect();
    assert!(made.len() >= 2 && key.exists(), "{made:?}");
    let print = |printed: &str| printed.lines().find(|line| line.contains("fingerprint")).unwrap().to_owned();
    let before = print(&world.printed);
    assert!(world.stop());
    world.start().await;
    assert_eq!(print(&world.printed), before, "the same certificate after a restart");
}
