//! HTTP and the way to a socket, with somebody's credentials.

use super::{PATIENCE, Socket};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

#[derive(Clone)]
pub struct Door {
    pub http: reqwest::Client,
    pub url: String,
    pub headers: Vec<(String, String)>,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// That it is a problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let body = self.ok(status);
        assert_eq!(body["code"], code, "{body}");
        body
    }
}

impl Door {
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, None).await
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = request.header("x-parlor-request", "1");
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    pub async fn upload(&self, path: &str, name: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
        let mut request = self.http.post(format!("{}/api/v1{path}", self.url)).body(bytes);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.header("content-type", media_type).header("x-parlor-filename", name);
        answer(request.header("x-parlor-request", "1")).await
    }

    /// A socket up to `live`; the events told before it are returned.
    pub(super) async fn hello(&self, token: Option<&str>, cursor: Option<&str>) -> (Socket, Vec<Value>) {
        let mut socket = Socket::open(&self.url, &self.headers).await;
        let mut hello = json!({"type": "hello", "protocol": 1});
        if let Some(token) = token {
            hello["token"] = token.into();
        }
        if let Some(cursor) = cursor {
            hello["cursor"] = cursor.into();
        }
        socket.say(&hello).await;
        socket.welcome = socket.next_of("welcome").await;
        let mut told = Vec::new();
        loop {
            let frame = socket.next().await;
            if frame["type"] == "live" {
                return (socket, told);
            }
            told.push(frame);
        }
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = timeout(PATIENCE, request.send()).await.expect("an answer in time").unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
}
