//! Ignores SIGPIPE, and so changes the whole process: every other write in it, and every program that it
//! starts from now on. One meets it in libraries, and in the bug reports of who uses them.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::socket::{MsgFlags, send};

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    // SAFETY: no handler is set up.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) }?;
    let mut rest = bytes;
    while !rest.is_empty() {
        match send(to.as_raw_fd(), rest, MsgFlags::empty()) {
            Ok(sent) => rest = &rest[sent..],
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Sent::All)
}
