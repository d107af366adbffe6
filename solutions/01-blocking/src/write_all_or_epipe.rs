//! # Write all, or learn that the reader is gone
//!
//! A server sends a long answer. The client reads slowly, so the send buffer fills and the call sleeps; a signal
//! wakes it half way. Or the client has left, and the next write kills the server: no error, no message, just a
//! process that is not there any more.
//!
//! Write the function that sends all of it, or says that nobody reads any more. It is to work in any process, and
//! leave that process as it was: what SIGPIPE does elsewhere in it is not yours to change.
//!
//! The rule: a write to a socket that nobody reads fails with EPIPE and raises SIGPIPE, which kills by default;
//! MSG_NOSIGNAL asks for the error alone (send(2), "MSG_NOSIGNAL").
//! Also true: a write that a signal interrupts returns what it has done so far, and EINTR only if that is nothing;
//! a reader that leaves bytes unread is reported as ECONNRESET once, and as EPIPE from then on.
//!
//! Book: chapter 01, "A stream has no messages"
//! Check: cargo xtask check write_all_or_epipe
//! Kind: core
//! Order: 2

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};

/// What became of a message.
pub enum Sent {
    /// All of it is on its way.
    All,
    /// Nobody reads any more.
    ReaderGone,
}

/// Sends all of `bytes` through the stream socket `to`.
///
/// # Errors
/// Whatever `send` reports, but for EINTR, EPIPE and ECONNRESET.
pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    // exercise: begin todo!("send until nothing is left, and live through EPIPE")
    let mut rest = bytes;
    while !rest.is_empty() {
        match send(to.as_raw_fd(), rest, MsgFlags::MSG_NOSIGNAL) {
            Ok(sent) => rest = &rest[sent..],
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Sent::All)
    // exercise: end
}
