//! A machine with 128 MB of memory: everybody talks, searches, signs in and sends pictures at once. What does not fit is refused in
//! clear words, and the kernel ends nothing.

use super::cage::{Cage, peak_mib};
use super::report::{Report, ms};
use crate::history::wire::Wire;
use crate::world::{OPEN_DOORS, OWNER, PASSWORD, World, new_id};
use futures_util::StreamExt;
use futures_util::future::{join, join_all};
use serde_json::json;
use std::time::{Duration, Instant};

const MEMORY: u64 = 128 << 20;
/// Signing in at the same moment; one password takes 19 MB.
const SIGNING_IN: usize = 4;

/// A photograph of so many megapixels. One colour: its pixels take their memory, whatever they show, and little time.
fn photograph(megapixels: u32) -> Vec<u8> {
    let (width, height) = (megapixels * 500, 2_000);
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([90, 140, 200]));
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 70);
    image::DynamicImage::ImageRgb8(image).write_with_encoder(encoder).unwrap();
    // As a telephone writes it that was held upright: it has to be turned, which takes twice the memory.
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0\0".to_vec();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    exif.splice(0..0, [0xff, 0xe1, length[0], length[1]]);
    jpeg.splice(2..2, exif);
    jpeg
}

pub async fn machine(visitors: usize, rounds: usize) -> Report {
    let mut report = Report::of("small");
    let mut world = World::stopped(&[]);
    world.configure(&format!("{OPEN_DOORS}visitor_uploads = {{ times = 100000, seconds = 1 }}\npassword_hashes = 4\n"));
    world.init();
    let Some(cage) = Cage::empty(&format!("small-{}", std::process::id()), MEMORY) else {
        report.not_run.push("no control group could be made: the memory cannot be bounded".to_owned());
        return report;
    };
    world.wrapper = cage.entrance();
    world.start().await;
    let begun = Instant::now();
    let olga = world.owner().await;
    let arriving = (0..visitors).map(async |_| {
        let visitor = world.visitor().await;
        let line = Wire::new(&world.url, &visitor.token).line(None).await.ok();
        (visitor, line)
    });
    let people: Vec<_> = futures_util::stream::iter(arriving).buffer_unordered(16).collect().await;
    report.require(people.iter().all(|(_, line)| line.is_some()), || "not everybody is connected".to_owned());
    let (fits, too_large) = (photograph(5), photograph(24));
    for round in 0..rounds {
        let talking = join_all(people.iter().map(async |(visitor, _)| {
            let said =
                json!({"client_id": new_id(), "text": format!("退款 {round} please, my order number is {}", new_id())});
            visitor.post("/visitor/messages", &said).await.status
        }));
        let sending = join_all((0..3).map(async |n| {
            let picture = if n == 2 { &too_large } else { &fits };
            let answer = people[n].0.upload("/visitor/attachments", "a.jpg", "image/jpeg", picture.clone()).await;
            (n == 2, answer)
        }));
        let searching = join_all((0..2).map(async |_| olga.get("/search?q=order").await.status));
        let stranger = world.stranger();
        let signing_in = join_all(
            (0..SIGNING_IN)
                .map(async |_| stranger.post("/session", &json!({"email": OWNER, "password": PASSWORD})).await.status),
        );
        let ((talked, sent), (searched, signed_in)) = join(join(talking, sending), join(searching, signing_in)).await;
        report.require(talked.iter().all(|status| *status == 201), || format!("messages: {talked:?}"));
        for (is_too_large, answer) in sent {
            let (status, body) = (answer.status, String::from_utf8_lossy(&answer.bytes).into_owned());
            let is_clear = status == 413 && body.contains("attachment.too_large") && body.contains("memory");
            let is_right = if is_too_large { is_clear } else { status == 201 };
            report.require(is_right, || format!("a picture was answered {status}: {body}"));
        }
        report.require(searched.iter().all(|status| [200, 503].contains(status)), || format!("search: {searched:?}"));
        report.require(signed_in.contains(&200), || format!("sign-in: {signed_in:?}"));
        report
            .require(signed_in.iter().all(|status| [200, 429].contains(status)), || format!("sign-in: {signed_in:?}"));
    }
    report.figure("people", people.len());
    report.figure("took", ms(begun.elapsed()));
    report.figure("peak of the process", format!("{} MiB", peak_mib(world.pid())));
    report.figure("peak of the group", format!("{} MiB of {}", cage.peak_mib(), MEMORY >> 20));
    report.require(cage.kills() == 0, || "the kernel ended it for its memory".to_owned());
    report.require(!world.ended(Duration::ZERO).await, || "it has ended".to_owned());
    drop(people);
    drop(world);
    report
}
