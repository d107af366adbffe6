//! Tries the whole message again where only a part of it went. One meets it as "retry on a short write": the
//! reader gets the beginning twice, in the middle of the message.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    loop {
        match send(to.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL) {
            Ok(sent) if sent == bytes.len() => return Ok(Sent::All),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
}
