//! A store that speaks S3, as much of it as an upload needs. It lets in only what is signed with its secret as Amazon's rules
//! say (Signature Version 4), which it works out for itself from what arrives on the wire.

use ring::{digest, hmac};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const ACCESS_KEY: &str = "AKIDTEST";
pub const SECRET_KEY: &str = "a secret/with+signs";
pub const REGION: &str = "eu-test-1";
const NAME: &str = "backups";

#[derive(Default)]
struct Kept {
    objects: BTreeMap<String, Vec<u8>>,
    /// Parts of uploads that are under way, by their number.
    uploads: HashMap<String, BTreeMap<u32, Vec<u8>>>,
    /// So many more requests are answered 503.
    failing: usize,
    refused: Vec<String>,
    /// So long are parts that came, whole objects included.
    parts: Vec<usize>,
}

pub struct Bucket {
    pub endpoint: String,
    kept: Arc<Mutex<Kept>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

type Answer = Result<(&'static str, String, String), String>;

impl Bucket {
    pub async fn open() -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::<Mutex<Kept>>::default();
        let bucket = Bucket { endpoint, kept: kept.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone()));
            }
        });
        bucket
    }

    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.kept.lock().unwrap().objects.clone()
    }

    pub fn unfinished(&self) -> usize {
        self.kept.lock().unwrap().uploads.len()
    }

    pub fn parts(&self) -> Vec<usize> {
        self.kept.lock().unwrap().parts.clone()
    }

    pub fn refused(&self) -> Vec<String> {
        self.kept.lock().unwrap().refused.clone()
    }

    pub fn fails(&self, times: usize) {
        self.kept.lock().unwrap().failing = times;
    }
}

async fn serve(mut stream: TcpStream, kept: Arc<Mutex<Kept>>) {
    let Some(request) = read(&mut stream).await else { return };
    let answer = {
        let mut kept = kept.lock().unwrap();
        if kept.failing > 0 {
            kept.failing -= 1;
            Ok(("503 Slow Down", String::new(), String::new()))
        } else {
            signed(&request).and_then(|()| kept.answer(&request)).inspect_err(|why| kept.refused.push(why.clone()))
        }
    };
    let (status, headers, body) = answer.unwrap_or_else(|why| {
        (
            "403 Forbidden",
            String::new(),
            format!("<Error><Code>SignatureDoesNotMatch</Code><Message>{why}</Message></Error>"),
        )
    });
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut chunk).await.ok()? {
            0 => return None,
            n => bytes.extend_from_slice(&chunk[..n]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let (first, rest) = head.split_once("\r\n")?;
    let mut first = first.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = rest
        .lines()
        .filter_map(|line| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        match stream.read(&mut chunk).await.ok()? {
            0 => return None,
            n => body.extend_from_slice(&chunk[..n]),
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request { method, path: path.into(), query: query.into(), headers, body })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// `20261120T182600Z` as seconds; only today's and its neighbours matter.
fn seconds(date: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + number(9..11)? * 3_600 + number(11..13)? * 60 + number(13..15)?)
}

/// Amazon, "Signature Calculations for the Authorization Header": from what came, and with our own copy of the secret.
fn signed(request: &Request) -> Result<(), String> {
    let header = |name: &str| request.headers.get(name).cloned().ok_or_else(|| format!("no {name}"));
    let authorization = header("authorization")?;
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("another scheme")?;
    let field = |name: &str| {
        let found = fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned).ok_or_else(|| format!("no {name}"))
    };
    let (credential, names, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let (date, body_sha256) = (header("x-amz-date")?, header("x-amz-content-sha256")?);
    let scope = format!("{}/{REGION}/s3/aws4_request", date.get(..8).ok_or("no date")?);
    if credential != format!("{ACCESS_KEY}/{scope}") {
        return Err(format!("credential {credential}"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    if seconds(&date).is_none_or(|at| (now - at).abs() > 900) {
        return Err("the time is too far from ours".into());
    }
    if body_sha256 != sha256(&request.body) {
        return Err("the body is another one".into());
    }
    if ["host", "x-amz-content-sha256", "x-amz-date"].iter().any(|must| !names.split(';').any(|name| name == *must)) {
        return Err(format!("signed is only {names}"));
    }
    let mut lines = String::new();
    for name in names.split(';') {
        lines += &format!("{name}:{}\n", header(name)?);
    }
    let mut pairs: Vec<String> = request.query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    pairs.iter_mut().for_each(|pair| {
        if !pair.contains('=') {
            pair.push('=');
        }
    });
    pairs.sort();
    let canonical =
        format!("{}\n{}\n{}\n{lines}\n{names}\n{body_sha256}", request.method, request.path, pairs.join("&"));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let key = mac(format!("AWS4{SECRET_KEY}").as_bytes(), &date[..8]);
    let key = [REGION, "s3", "aws4_request"].iter().fold(key, |key, part| mac(&key, part));
    match hex(&mac(&key, &to_sign)) == signature {
        true => Ok(()),
        false => Err("the signature is another one".into()),
    }
}

impl Kept {
    fn answer(&mut self, request: &Request) -> Answer {
        let name = request.path.strip_prefix(&format!("/{NAME}/")).ok_or("another bucket")?.to_owned();
        let asked = |wanted: &str| {
            request.query.split('&').find_map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (name == wanted).then(|| value.to_owned())
            })
        };
        let fine = |body: &str| Ok(("200 OK", String::new(), body.to_owned()));
        match (request.method.as_str(), asked("uploads"), asked("uploadId"), asked("partNumber")) {
            ("PUT", None, None, None) => {
                self.parts.push(request.body.len());
                self.objects.insert(name, request.body.clone());
                fine("")
            }
            ("DELETE", None, None, None) => {
                self.objects.remove(&name);
                Ok(("204 No Content", String::new(), String::new()))
            }
            ("POST", Some(_), None, None) => {
                let id = format!("up/{}", self.parts.len());
                self.uploads.insert(id.clone(), BTreeMap::new());
                fine(&format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", None, Some(id), Some(number)) => {
                self.parts.push(request.body.len());
                let parts = self.uploads.get_mut(&id.replace("%2F", "/")).ok_or("no such upload")?;
                let tag = format!("\"{}\"", &sha256(&request.body)[..32]);
                parts.insert(number.parse().map_err(|_| "a number")?, request.body.clone());
                Ok(("200 OK", format!("etag: {tag}\r\n"), String::new()))
            }
            ("POST", None, Some(id), None) => {
                let parts = self.uploads.remove(&id.replace("%2F", "/")).ok_or("no such upload")?;
                let list = String::from_utf8_lossy(&request.body).into_owned();
                for (number, bytes) in &parts {
                    let tag = format!("<PartNumber>{number}</PartNumber><ETag>\"{}\"</ETag>", &sha256(bytes)[..32]);
                    if !list.contains(&tag) {
                        return Err(format!("part {number} is not in the list, or another one"));
                    }
                }
                self.objects.insert(name, parts.into_values().flatten().collect());
                fine("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
            }
            ("DELETE", None, Some(id), None) => {
                self.uploads.remove(&id.replace("%2F", "/"));
                Ok(("204 No Content", String::new(), String::new()))
            }
            (method, ..) => Err(format!("{method} {}?{}", request.path, request.query)),
        }
    }
}
