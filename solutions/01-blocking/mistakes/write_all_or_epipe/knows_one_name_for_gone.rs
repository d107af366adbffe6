//! Knows EPIPE and not ECONNRESET. Which of the two one gets depends on what the reader left unread, so the
//! second turns up in production only.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
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
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Sent::All)
}
