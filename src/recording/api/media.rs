//! A recording's bytes, opened as the client takes them.

use super::super::model::Recording;
use super::super::reading::{Showing, failure};
use crate::http::{Problem, Wanted, is_current, wanted};
use crate::kernel::{Error, Result};
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::{Stream, stream};

/// Read and opened at once: one hop to another thread each.
const PORTION: u64 = 256 << 10;

/// `name`: what this very file is called in caches. `download`: under which name it is taken away.
pub fn serve(
    showing: Showing,
    recording: &Recording,
    request: &HttpRequest,
    name: &str,
    download: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let (etag, headers, total) = (format!("\"{name}-{}\"", recording.began_at.0), request.headers(), showing.len());
    let mut response = HttpResponse::build(StatusCode::OK);
    response
        .insert_header((header::CONTENT_TYPE, "video/webm"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        // Nothing of it stays on the disk of whoever looks at it.
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::ETAG, etag.as_str()));
    if let Some(download) = download {
        response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{download}\"")));
    }
    if is_current(headers, &etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let (from, to) = match wanted(headers, &etag, total) {
        Wanted::Whole => (0, total),
        Wanted::Part(first, last) => {
            response.status(StatusCode::PARTIAL_CONTENT);
            response.insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{total}")));
            (first, last + 1)
        }
        Wanted::Nothing => {
            let range = format!("bytes */{total}");
            return Ok(HttpResponse::RangeNotSatisfiable().insert_header((header::CONTENT_RANGE, range)).finish());
        }
    };
    Ok(response.no_chunking(to - from).streaming(portions(showing, recording.clone(), from, to)))
}

fn portions(showing: Showing, recording: Recording, from: u64, to: u64) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold((showing, from), move |(mut showing, at)| {
        let recording = recording.clone();
        async move {
            if at >= to {
                return Ok(None);
            }
            let length = PORTION.min(to - at) as usize;
            let (portion, showing) = blocking(move || {
                let portion = showing.read(at, length).map_err(|e| failure(&recording, &e))?;
                if portion.is_empty() {
                    return Err(Error::damage(format!("{} ends too early", recording.id)));
                }
                Ok((portion, showing))
            })
            .await
            // The head has gone out; the connection breaks, so that nobody takes a part for the whole.
            .inspect_err(|error| tracing::error!(%error, "a recording cannot be read to its end"))?;
            let next = at + portion.len() as u64;
            Ok::<_, Error>(Some((Bytes::from(portion), (showing, next))))
        }
    })
}

/// Runs what waits for the disk or computes off the async workers.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    crate::attachments::blocking(work).await
}
