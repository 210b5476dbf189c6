//! Reading what clients send: not too much, not too deep, not too slowly.

use super::{Limits, Problem};
use crate::kernel::{Error, Result};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::future::LocalBoxFuture;
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// A JSON body.
pub struct Body<T>(T);

impl<T> Body<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let limits = limits(&request);
            let bytes = read_all(&request, payload, &Reading::json(&limits)).await?;
            Ok(Body(parse(&bytes, limits.body_depth)?))
        })
    }
}

/// How a body may come.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub bytes_max: u64,
    /// The code to refuse a larger one with.
    pub too_large: &'static str,
    /// In each such window …
    pub window: Duration,
    /// … at least so many bytes.
    pub window_bytes: u64,
}

impl Reading {
    pub fn new(limits: &Limits, bytes_max: u64, too_large: &'static str) -> Self {
        let window = Duration::from_secs(limits.body_grace_seconds.max(1));
        Reading { bytes_max, too_large, window, window_bytes: limits.body_bytes_per_second * window.as_secs() }
    }

    fn json(limits: &Limits) -> Self {
        Reading::new(limits, limits.body_bytes, "request.too_large")
    }

    fn refuse(&self) -> Error {
        Error::too_large(self.too_large, format!("At most {} bytes may be sent here.", self.bytes_max))
    }
}

fn limits(request: &HttpRequest) -> Limits {
    request.app_data::<web::Data<Limits>>().map(|limits| limits.as_ref().clone()).unwrap_or_default()
}

/// The body as it comes, ended by an error once it is larger or slower than allowed. A length that is announced too
/// large is refused before the first byte.
pub fn guarded_stream(
    request: &HttpRequest,
    payload: Payload,
    reading: Reading,
) -> Result<impl Stream<Item = Result<Bytes>> + use<>> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > reading.bytes_max) {
        return Err(reading.refuse());
    }
    Ok(Guarded {
        inner: payload,
        reading,
        total: 0,
        in_window: 0,
        window_end: Box::pin(tokio::time::sleep(reading.window)),
        ended: false,
    })
}

/// The whole body.
pub async fn read_all(request: &HttpRequest, payload: Payload, reading: &Reading) -> Result<Bytes> {
    let mut stream = std::pin::pin!(guarded_stream(request, payload, *reading)?);
    let mut whole = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        whole.extend_from_slice(&chunk?);
    }
    Ok(whole.freeze())
}

struct Guarded<S> {
    inner: S,
    reading: Reading,
    total: u64,
    in_window: u64,
    window_end: Pin<Box<Sleep>>,
    ended: bool,
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Guarded<S> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // What has come counts, even if we were slow to look.
        let item = match self.inner.poll_next_unpin(cx) {
            Poll::Ready(None) => None,
            Poll::Ready(Some(Ok(chunk))) => Some(self.measure(chunk)),
            Poll::Ready(Some(Err(error))) => Some(Err(broken(&error))),
            Poll::Pending => match self.poll_window(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(too_slow) => Some(Err(too_slow)),
            },
        };
        self.ended = !matches!(item, Some(Ok(_)));
        Poll::Ready(item)
    }
}

impl<S> Guarded<S> {
    fn measure(&mut self, chunk: Bytes) -> Result<Bytes> {
        self.total += chunk.len() as u64;
        self.in_window += chunk.len() as u64;
        if self.total > self.reading.bytes_max { Err(self.reading.refuse()) } else { Ok(chunk) }
    }

    /// Each window must bring its share, so that a fast beginning buys no standstill later.
    fn poll_window(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        while self.window_end.as_mut().poll(cx).is_ready() {
            if self.in_window < self.reading.window_bytes {
                return Poll::Ready(Error::too_slow());
            }
            self.in_window = 0;
            let next = self.window_end.deadline() + self.reading.window;
            self.window_end.as_mut().reset(next);
        }
        Poll::Pending
    }
}

fn broken(error: &PayloadError) -> Error {
    Error::malformed("The body ended before its end.").because(error.to_string())
}

fn parse<T: DeserializeOwned>(bytes: &[u8], depth_max: usize) -> Result<T> {
    if depth(bytes) > depth_max {
        return Err(Error::malformed(format!("The JSON is nested more than {depth_max} deep.")));
    }
    serde_json::from_slice(bytes).map_err(|error| Error::malformed(format!("The body cannot be used: {error}.")))
}

/// How deep the brackets go, text aside. Before parsing: a parser's stack is not the place to find out.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[test]
    fn depth_is_of_brackets_not_of_words() {
        assert_eq!(depth(b"{}"), 1);
        assert_eq!(depth(br#"{"a":[{"b":"[[[[\"{{{"}]}"#), 3);
        assert_eq!(depth(br#""\\" [[ "#), 2);
        assert_eq!(depth(b"]]]}}}[1]"), 1);
        let deep = |n| ["[".repeat(n), "]".repeat(n)].concat();
        assert!(parse::<serde_json::Value>(deep(32).as_bytes(), 32).is_ok());
        assert_eq!(parse::<serde_json::Value>(deep(33).as_bytes(), 32).unwrap_err().code, "request.malformed");
        assert_eq!(parse::<serde_json::Value>(deep(100_000).as_bytes(), 32).unwrap_err().code, "request.malformed");
    }

    fn guarded<S>(inner: S) -> Guarded<S> {
        let reading = Reading {
            bytes_max: 20_000,
            too_large: "request.too_large",
            window: Duration::from_millis(300),
            window_bytes: 5_000,
        };
        let window_end = Box::pin(tokio::time::sleep(reading.window));
        Guarded { inner, reading, total: 0, in_window: 0, window_end, ended: false }
    }

    /// Every so many milliseconds so many bytes, for ever.
    fn dripping(ms: u64, bytes: usize) -> impl Stream<Item = Result<Bytes, PayloadError>> + Unpin {
        Box::pin(stream::unfold((), move |()| async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Some((Ok(Bytes::from(vec![0; bytes])), ()))
        }))
    }

    async fn end_of(stream: impl Stream<Item = Result<Bytes>> + Unpin) -> &'static str {
        let end = stream.filter_map(async |item| item.err()).boxed_local().next().await;
        end.map_or("whole", |error| error.code)
    }

    #[tokio::test]
    async fn a_body_may_be_slow_but_not_too_slow_and_not_too_large() {
        assert_eq!(end_of(guarded(dripping(50, 10))).await, "request.too_slow");
        assert_eq!(end_of(guarded(dripping(5, 1_200))).await, "request.too_large");
        let burst = stream::iter([Ok(Bytes::from(vec![0; 15_000]))]).chain(stream::pending());
        assert_eq!(end_of(guarded(burst)).await, "request.too_slow");
        let whole = stream::iter([Ok(Bytes::from(vec![0; 20_000]))]);
        assert_eq!(end_of(guarded(whole)).await, "whole");
    }
}
