//! Sends once and trusts the call to have sent all of it. A blocking write nearly always does; then a signal
//! comes. One meets it as `write(fd, buf, len);` with the result thrown away, a warning in every compiler.

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
            Ok(_) => return Ok(Sent::All),
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
}
