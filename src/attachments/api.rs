//! Files on the wire: receiving one, and serving one. Routes of those who know a message ask who may see it, then use
//! [`serve`]; both upload routes use [`receive`]. [`Files`], the store and the limits are found in the application's data.

use super::files::{Files, blocking, failure};
use super::model::Attachment;
use super::upload::{self, Declared, Stored};
use super::{commands, media};
use crate::db::Db;
use crate::http::{Limits, Problem, Reading, Wanted, guarded_stream, is_current, wanted};
use crate::identity::api::SignedIn;
use crate::kernel::{Ctx, Error, Result};
use crate::vault::SealedReader;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderMap,
};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use bytes::Bytes;
use futures_util::{Stream, stream};
use percent_encoding::percent_decode;
use serde::Serialize;
use std::any::type_name;
use std::fs::File;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

const FILENAME: &str = "x-parlor-filename";
/// Read and opened at once: one hop to another thread each.
const PORTION: u64 = 256 << 10;

/// A file of a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentDto {
    #[schema(example = "att_9")]
    id: String,
    name: String,
    #[schema(example = "image/png")]
    media_type: String,
    bytes: i64,
    /// Only of pictures that are shown inline.
    width: Option<i64>,
    height: Option<i64>,
}

impl From<&Attachment> for AttachmentDto {
    fn from(attachment: &Attachment) -> Self {
        let (width, height) = attachment.pixels.unzip();
        AttachmentDto {
            id: attachment.id.to_string(),
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            bytes: attachment.bytes,
            width,
            height,
        }
    }
}

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(upload_one);
}

/// Stores a file for a message to come. The body is the file.
#[utoipa::path(tag = "attachments", params(("X-Parlor-Filename" = String, Header, description = "percent-encoded UTF-8")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = AttachmentDto)))]
#[post("/attachments")]
async fn upload_one(caller: SignedIn, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    receive(caller.ctx, &request, payload).await
}

/// Takes in the request's body as a file of the acting person, and answers with it.
pub async fn receive(ctx: Ctx, request: &HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (files, db, limits) = (data::<Files>(request)?, data::<Db>(request)?, data::<Limits>(request)?);
    let name = name(request.headers())?;
    let folder = files.get_ref().clone();
    blocking(move || folder.require_room()).await?;
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let reading = Reading::new(&limits, limits.attachment_bytes, "attachment.too_large");
    let body = guarded_stream(request, payload.into_inner(), reading)?;
    let declared = Declared { name: &name, media_type };
    let Stored { new, in_hand: _until_recorded } = upload::take_in(&files, body, declared, limits.image_pixels).await?;
    let row = new.clone();
    let recorded = db.write(move |tx| commands::record(tx, &ctx, &row)).await;
    if recorded.is_err() {
        upload::discard(&files, &new.file);
    }
    Ok(HttpResponse::Created().json(AttachmentDto::from(&recorded?)))
}

fn data<T: 'static>(request: &HttpRequest) -> Result<Data<T>> {
    let found = request.app_data::<Data<T>>().cloned();
    found.ok_or_else(|| Error::internal(format!("{} is not among the data of the server", type_name::<T>())))
}

fn name(headers: &HeaderMap) -> Result<String> {
    let Some(value) = headers.get(FILENAME) else { return Ok(String::new()) };
    let decoded = percent_decode(value.as_bytes()).decode_utf8();
    decoded.map(Into::into).map_err(|_| Error::malformed("X-Parlor-Filename must be UTF-8, percent-encoded"))
}

/// The file, or the part of it that `Range` asks for. The caller has asked whether this person may see it.
pub async fn serve(attachment: Attachment, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let files = data::<Files>(request)?;
    let (etag, headers) = (etag(&attachment), request.headers());
    if is_current(headers, &etag) {
        return Ok(describe(StatusCode::NOT_MODIFIED, &attachment, &etag).finish());
    }
    let file = attachment.file.clone();
    let reader = blocking(move || files.read(&file)).await?;
    let total = reader.len();
    let (status, from, to) = match wanted(headers, &etag, total) {
        Wanted::Whole => (StatusCode::OK, 0, total),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last + 1),
        Wanted::Nothing => {
            let range = format!("bytes */{total}");
            return Ok(HttpResponse::RangeNotSatisfiable().insert_header((header::CONTENT_RANGE, range)).finish());
        }
    };
    let mut response = describe(status, &attachment, &etag);
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{}/{total}", to - 1)));
    }
    Ok(response.no_chunking(to - from).streaming(opened(reader, attachment.file, from, to)))
}

/// Whatever it is, a browser must neither guess a type, nor run it, nor let another site's page have it.
fn describe(status: StatusCode, attachment: &Attachment, etag: &str) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_TYPE, attachment.media_type.as_str()))
        .insert_header(disposition(attachment))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        // Kept, but asked for each time: the right to see it may have ended.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, etag));
    response
}

fn disposition(attachment: &Attachment) -> ContentDisposition {
    let inline = media::is_inline(&attachment.media_type, attachment.pixels.is_some());
    let ascii = |c: char| if c.is_ascii() && !matches!(c, '"' | '\\' | '%') { c } else { '_' };
    let value = attachment.name.clone().into_bytes();
    ContentDisposition {
        disposition: if inline { DispositionType::Inline } else { DispositionType::Attachment },
        parameters: vec![
            DispositionParam::Filename(attachment.name.chars().map(ascii).collect()),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".into()),
                language_tag: None,
                value,
            }),
        ],
    }
}

/// A file never changes; a restored store may give its id to another one, made at another time.
fn etag(attachment: &Attachment) -> String {
    format!("\"{}-{}\"", attachment.id, attachment.created_at.0)
}

/// The plain bytes `from..to`, opened portion by portion as the client takes them.
fn opened(reader: SealedReader<File>, file: String, from: u64, to: u64) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold((reader, from), move |(mut reader, at)| {
        let file = file.clone();
        async move {
            if at >= to {
                return Ok(None);
            }
            let length = PORTION.min(to - at) as usize;
            let (portion, reader) = blocking(move || {
                let portion = reader.read_range(at, length).map_err(|e| failure(&file, &e))?;
                Ok((portion, reader))
            })
            .await
            // The head has gone out; the connection breaks, so that nobody takes a part for the whole.
            .inspect_err(|error| tracing::error!(%error, "a file cannot be read to its end"))?;
            let next = at + portion.len() as u64;
            Ok::<_, Error>(Some((Bytes::from(portion), (reader, next))))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{World, agent};
    use super::*;
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    async fn served(world: &World, file: &Attachment, lines: &[(&'static str, String)]) -> (u16, HeaderMap, Bytes) {
        let start = TestRequest::get().app_data(Data::new(world.files.clone()));
        let request = lines.iter().fold(start, |request, line| request.insert_header((line.0, line.1.as_str())));
        let response = serve(file.clone(), &request.to_http_request()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("the body breaks off")))
    }

    fn line<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
        headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn a_file_is_served_whole_or_in_one_part() {
        let world = World::new();
        let content: Vec<u8> = (0..700_000u32).flat_map(|n| n.to_be_bytes()).collect();
        let file = world.upload(agent(1), &content, "发票 \"1\".bin").await;
        let (status, headers, body) = served(&world, &file, &[]).await;
        assert!(status == 200 && body == content);
        assert_eq!(line(&headers, "x-content-type-options"), "nosniff");
        assert_eq!(line(&headers, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(line(&headers, "cache-control"), "private, no-cache");
        let disposition = line(&headers, "content-disposition");
        assert!(disposition.starts_with("attachment; filename=\"__ _1_.bin\""), "{disposition}");
        assert!(disposition.contains("filename*=UTF-8''%E5%8F%91%E7%A5%A8%20%221%22.bin"), "{disposition}");

        let total = content.len();
        for (range, from, to) in [
            ("bytes=0-0".to_owned(), 0, 1),
            ("bytes=65530-65600".to_owned(), 65_530, 65_601),
            ("bytes=1000000-".to_owned(), 1_000_000, total),
            ("bytes=-5".to_owned(), total - 5, total),
            (format!("bytes=10-{}", total * 2), 10, total),
        ] {
            let (status, headers, body) = served(&world, &file, &[("range", range.clone())]).await;
            assert!(status == 206 && body == content[from..to], "{range}");
            assert_eq!(line(&headers, "content-range"), format!("bytes {from}-{}/{total}", to - 1));
        }
        let (status, headers, body) = served(&world, &file, &[("range", format!("bytes={total}-"))]).await;
        assert_eq!((status, line(&headers, "content-range"), body.len()), (416, &*format!("bytes */{total}"), 0));
        for whole in ["bytes=0-1,5-6", "bytes=x", "lines=1-2"] {
            assert_eq!(served(&world, &file, &[("range", whole.into())]).await.0, 200, "{whole}");
        }
    }

    #[actix_web::test]
    async fn a_client_that_has_the_file_need_not_take_it_again() {
        let world = World::new();
        let file = world.upload(agent(1), b"hello", "a.txt").await;
        let etag = line(&served(&world, &file, &[]).await.1, "etag").to_owned();
        for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
            let (status, _, body) = served(&world, &file, &[("if-none-match", known)]).await;
            assert_eq!((status, body.len()), (304, 0));
        }
        assert_eq!(served(&world, &file, &[("if-none-match", "\"other\"".into())]).await.0, 200);
        let part = ("range", "bytes=0-1".to_owned());
        assert_eq!(served(&world, &file, &[part.clone(), ("if-range", etag)]).await.0, 206);
        assert_eq!(served(&world, &file, &[part, ("if-range", "\"other\"".into())]).await.0, 200);
    }

    #[actix_web::test]
    async fn an_empty_file_is_a_file() {
        let world = World::new();
        let file = world.upload(agent(1), b"", "empty.txt").await;
        let (status, _, body) = served(&world, &file, &[]).await;
        assert_eq!((status, body.len()), (200, 0));
        assert_eq!(served(&world, &file, &[("range", "bytes=0-".into())]).await.0, 416);
    }

    #[actix_web::test]
    async fn a_damaged_file_breaks_off_and_never_pretends_to_be_whole() {
        let world = World::new();
        let file = world.upload(agent(1), &[7; 800_000], "a.bin").await;
        let path = world.folder.path().join("attachments").join(&file.file[..2]).join(&file.file);
        let mut sealed = std::fs::read(&path).unwrap();
        sealed[500_000] ^= 1;
        std::fs::write(&path, sealed).unwrap();
        let request = TestRequest::get().app_data(Data::new(world.files.clone())).to_http_request();
        let response = serve(file, &request).await.unwrap();
        assert!(to_bytes(response.into_body()).await.is_err());
    }
}
