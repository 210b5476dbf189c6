//! The request itself: one line, and with it perhaps an open file.

use super::wire::LINE_MAX;
use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

const PORTION: usize = 4 << 10;

/// The file goes with the first byte.
pub(super) fn hand_over(mut stream: &UnixStream, line: &[u8], file: Option<&File>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut with = SendAncillaryBuffer::new(&mut space);
    let files = file.map(|file| [file.as_fd()]);
    if let Some(files) = &files {
        with.push(SendAncillaryMessage::ScmRights(files));
    }
    let sent = sendmsg(stream, &[IoSlice::new(line)], &mut with, SendFlags::NOSIGNAL)?;
    stream.write_all(&line[sent..])
}

/// Up to the end of the line, or of what is allowed, or of what comes. Of several files the first.
pub(super) fn take(stream: &UnixStream) -> io::Result<(String, Option<File>)> {
    let (mut line, mut file) = (Vec::new(), None);
    while line.last() != Some(&b'\n') && (line.len() as u64) < LINE_MAX {
        let mut portion = [0; PORTION];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut with = RecvAncillaryBuffer::new(&mut space);
        let came = recvmsg(stream, &mut [IoSliceMut::new(&mut portion)], &mut with, RecvFlags::CMSG_CLOEXEC)?.bytes;
        for message in with.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                file = files.map(File::from).fold(file, |first, next| first.or(Some(next)));
            }
        }
        if came == 0 {
            break;
        }
        line.extend_from_slice(&portion[..came]);
    }
    String::from_utf8(line).map(|line| (line, file)).map_err(io::Error::other)
}
