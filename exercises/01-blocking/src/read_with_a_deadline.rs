//! # Read with a deadline
//!
//! A client has so much time to send its whole message, and no more. One client sends nothing. One sends a byte now
//! and then, just often enough that no single read takes long: so a server is kept busy for hours by anybody with
//! patience. And while you wait, signals come.
//!
//! Write the read that keeps the deadline, whatever the client does.
//!
//! The rule: a blocking read has no timeout. poll waits for readiness, and for so long at the most (poll(2));
//! SO_RCVTIMEO makes the socket's reads give up with EAGAIN (socket(7)). Both count from the call, and the kernel
//! starts neither again after a signal handler (signal(7)).
//! Also true: a deadline is a point in time, and what is left until then grows shorter; zero means "at once" to
//! poll and "for ever" to SO_RCVTIMEO, which stays on the socket until somebody takes it off.
//!
//! Book: chapter 01, "A wait with an end"
//! Check: cargo xtask check read_with_a_deadline
//! Kind: core
//! Order: 4

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use nix::unistd::read;

/// Fills `message` from the stream `from`, within this time from now on.
///
/// # Errors
/// `TimedOut` where it is not whole by then; `UnexpectedEof` where the stream ends before; else whatever the calls
/// report, but for EINTR. The socket itself is left as it was.
pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    todo!("wait for what is left of the time, read what is there, and again")
}
