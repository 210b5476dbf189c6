//! Signalling for `media.test.mjs`: the media room behind five routes of plain HTTP and without people, so that what real browsers make of
//! it is seen apart from everything else. Prints its address and serves until its input ends.

use parlor::media::{LegRole, Media, Settings, Shown};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

fn main() -> io::Result<()> {
    let address: IpAddr = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or([127, 0, 0, 1].into());
    let at = |port| SocketAddr::new(address, port);
    let (tls, certificate) = tls()?;
    let settings = Settings {
        udp: at(0),
        tcp: Some(at(0)),
        tls: Some((at(0), tls)),
        tls_name: Some("localhost".into()),
        ..Settings::default()
    };
    let media = Media::start(settings, |told| println!("{told:?}"))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://127.0.0.1:{} {certificate}", listener.local_addr()?.port());
    let serving = media.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let media = serving.clone();
            thread::spawn(move || serve(&media, stream));
        }
    });
    io::stdin().read_to_end(&mut Vec::new())?;
    media.stop();
    Ok(())
}

/// A certificate of its own, and the hash by which a browser can be told to accept it.
fn tls() -> io::Result<(Arc<rustls::ServerConfig>, String)> {
    use base64::Engine;
    use rcgen::PublicKeyData;
    use sha2::Digest;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).map_err(io::Error::other)?;
    let spki = base64::engine::general_purpose::STANDARD
        .encode(sha2::Sha256::digest(made.signing_key.subject_public_key_info()));
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(io::Error::other)?;
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .map_err(io::Error::other)?;
    Ok((Arc::new(config), spki))
}

fn serve(media: &Media, mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, kind, answer) =
        answer(media, &target, String::from_utf8(body).ok()?).unwrap_or((404, "text/plain", String::new()));
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all((head + &answer).as_bytes()).ok()
}

/// `/join/<call>/<leg>` and so on.
fn answer(media: &Media, target: &str, body: String) -> Option<(u16, &'static str, String)> {
    let mut parts = target.trim_start_matches('/').split('/');
    let what = parts.next()?;
    let mut number = || parts.next()?.parse::<i64>().ok();
    let text = |text: String| Some((200, "text/plain", text));
    match what {
        "" => Some((200, "text/html", include_str!("page.html").to_owned())),
        "join" => {
            let (call, leg) = (number()?, number()?);
            let joined = media.join(call, leg, LegRole::Talks, body);
            let joined = tokio::runtime::Builder::new_current_thread().build().ok()?.block_on(joined);
            match joined {
                Ok(answer) => text(answer),
                Err(error) => Some((409, "text/plain", error.to_string())),
            }
        }
        // Each line: place, whom, camera, screen, sound.
        "show" => {
            let (call, leg) = (number()?, number()?);
            let slots = body.lines().filter_map(|line| {
                let mut words = line.split(' ').filter_map(|word| word.parse::<i64>().ok());
                let mut next = || words.next();
                let (slot, of) = (next()? as usize, next()?);
                Some(Shown { slot, of, camera: next()? == 1, screen: next()? == 1, audio: next()? == 1 })
            });
            media.show(call, leg, slots.collect());
            text(String::new())
        }
        "ice" => {
            let server = media.ice(number()?, number()?);
            text(format!("{}\n{}\n{}", server.username, server.credential, server.urls.join("\n")))
        }
        "leave" => {
            media.leave(number()?, number()?);
            text(String::new())
        }
        "quality" => text(format!("{:?}", media.quality(number()?))),
        _ => None,
    }
}
