//! Real packets: what a coder makes, over a socket.

use crate::kernel::{Clock, Steady};
use bytes::Bytes;
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Rtp {
    pub timestamp: u32,
    pub sequence: u16,
    pub is_last: bool,
    pub payload: Bytes,
    pub arrived: Steady,
}

fn parse(packet: &[u8], arrived: Steady) -> Option<Rtp> {
    let head = packet.get(..12).filter(|head| head[0] >> 6 == 2)?;
    let is_control = (200..=204).contains(&head[1]);
    let (csrc, extended) = (usize::from(head[0] & 15) * 4, head[0] & 0x10 != 0);
    if is_control || extended {
        return None;
    }
    Some(Rtp {
        timestamp: u32::from_be_bytes(head[4..8].try_into().ok()?),
        sequence: u16::from_be_bytes([head[2], head[3]]),
        is_last: head[1] & 0x80 != 0,
        payload: Bytes::copy_from_slice(packet.get(12 + csrc..)?),
        arrived,
    })
}

pub struct Sender {
    coder: Child,
    pub sound: UdpSocket,
    pub picture: UdpSocket,
}

impl Sender {
    /// A test picture with a tone, in real time, for so many seconds.
    pub fn start(seconds: u32) -> Sender {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let (sound, picture) = (socket(), socket());
        let to = |socket: &UdpSocket| format!("rtp://127.0.0.1:{}", socket.local_addr().unwrap().port());
        let arguments = format!(
            "-v error -re -f lavfi -i testsrc=size=320x240:rate=15 -re -f lavfi -i sine=frequency=440:sample_rate=48000 \
             -map 0 -c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -g 30 -t {seconds} -f rtp {} \
             -map 1 -c:a libopus -b:a 24k -t {seconds} -f rtp {}",
            to(&picture),
            to(&sound)
        );
        let coder = Command::new("ffmpeg").args(arguments.split_whitespace()).stdout(Stdio::null()).spawn();
        let coder = coder.expect("ffmpeg is installed");
        for socket in [&sound, &picture] {
            socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        }
        Sender { coder, sound, picture }
    }

    pub fn is_over(&mut self) -> bool {
        self.coder.try_wait().unwrap().is_some()
    }

    /// Everything that came on this socket by now.
    pub fn packets(socket: &UdpSocket, clock: &Clock) -> Vec<Rtp> {
        let mut buffer = [0; 2_048];
        let read =
            std::iter::from_fn(|| socket.recv(&mut buffer).ok().map(|bytes| parse(&buffer[..bytes], clock.steady())));
        read.flatten().collect()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = self.coder.kill();
        let _ = self.coder.wait();
    }
}

/// What a player says of a file: kinds of streams, seconds.
pub fn probe(file: &[u8]) -> (Vec<String>, f64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.webm");
    std::fs::write(&path, file).unwrap();
    let out = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=codec_name:format=duration", "-of", "default=nw=1"])
        .arg(&path)
        .output()
        .expect("ffprobe is installed");
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let value =
        |key: &str| text.lines().filter_map(|line| line.strip_prefix(key)).map(str::to_owned).collect::<Vec<_>>();
    (value("codec_name="), value("duration=")[0].parse().unwrap())
}

/// What a decoder complains of, from `from` seconds on.
pub fn decode(file: &[u8], from: f64) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.webm");
    std::fs::write(&path, file).unwrap();
    let out = Command::new("ffmpeg")
        .args(["-v", "warning", "-ss", &from.to_string(), "-i"])
        .arg(&path)
        // In the file's own time: frames that came unevenly would not fit an even rate.
        .args(["-map", "0", "-fps_mode", "passthrough", "-enc_time_base:v", "1:1000", "-f", "null", "-"])
        .output()
        .unwrap();
    String::from_utf8_lossy(&out.stderr).into_owned()
}
