//! From a request to the bare connection under it, for those who speak something else than HTTP from there on.
//!
//! The framework keeps a connection's HTTP machinery alive as long as its response: some 20 kB for each idle WebSocket. So
//! a handler answers 101 and says with [`take_over`] who gets the connection; once the head is written the machinery
//! is gone.

use actix_codec::{AsyncRead, AsyncWrite, Framed, FramedParts};
use actix_http::body::{BodySize, BoxBody, to_bytes};
use actix_http::{ConnectionType, Request, Response, h1};
use actix_web::HttpResponse;
use actix_web::dev::{Service, ServiceResponse};
use bytes::BytesMut;
use futures_util::SinkExt;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// The bytes beneath, encrypted or not.
pub trait Wire: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Wire for T {}

/// A connection handed over.
pub struct Upgraded {
    pub wire: Box<dyn Wire>,
    /// What the client said already behind the head of its request.
    pub early: BytesMut,
}

struct Takeover(Box<dyn FnOnce(Upgraded)>);

/// Gives the connection to `taker` when `response`, a 101, is written.
pub fn take_over(response: &mut HttpResponse, taker: impl FnOnce(Upgraded) + 'static) {
    response.extensions_mut().insert(Takeover(Box::new(taker)));
}

/// For a client to take a refusal.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Answers a request that wants to leave HTTP.
pub(super) async fn answer<S, T>(
    app: &S,
    request: Request,
    mut framed: Framed<T, h1::Codec>,
) -> Result<(), actix_web::Error>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
    T: Wire + 'static,
{
    let mut response = app.call(request).await?.into_parts().1;
    let taker = response.extensions_mut().remove::<Takeover>();
    let response: Response<BoxBody> = response.into();
    match taker {
        Some(Takeover(taker)) => {
            framed.send(h1::Message::Item((response.drop_body(), BodySize::None))).await?;
            let FramedParts { io, read_buf, .. } = framed.into_parts();
            taker(Upgraded { wire: Box::new(io), early: read_buf });
        }
        // Whoever does not answer in time has heard enough.
        None => drop(timeout(ANSWER_TIME, refuse(response, framed)).await),
    }
    Ok(())
}

/// An answer in HTTP all the same, the last on this connection: what follows on it may be anything.
async fn refuse<T>(response: Response<BoxBody>, mut framed: Framed<T, h1::Codec>) -> Result<(), actix_web::Error>
where
    T: Wire,
{
    let (mut head, body) = response.into_parts();
    head.head_mut().set_connection_type(ConnectionType::Close);
    let body = to_bytes(body).await.unwrap_or_default();
    framed.feed(h1::Message::Item((head, BodySize::Sized(body.len() as u64)))).await?;
    if !body.is_empty() {
        framed.feed(h1::Message::Chunk(Some(body))).await?;
    }
    framed.send(h1::Message::Chunk(None)).await?;
    framed.io_mut().shutdown().await?;
    Ok(())
}
