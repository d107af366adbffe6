//! # Read exactly
//!
//! A protocol has records of a fixed length. On a stream they arrive as they like: in pieces, several at once,
//! with a signal in between. And a client may hang up, between two records (which is fine) or in the middle of one
//! (which is not).
//!
//! Write the function that gets one record out of the stream, whole, and nothing behind it.
//!
//! The rule: a read may return fewer bytes than were asked for, and that is no error (read(2), "RETURN VALUE"); a
//! signal handler may end its sleep with EINTR (signal(7), "Interruption of system calls").
//! Also true: what you take from the socket and do not return is lost to whoever reads next.
//!
//! Book: chapter 01, "A stream has no messages"
//! Check: cargo xtask check read_exactly
//! Kind: core
//! Order: 1

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

/// Fills `record` from the stream; `false` says that the stream has ended and there is no further record. The stream's
/// status flags are left as they were.
///
/// # Errors
/// `UnexpectedEof` where the stream ends in mid-record; else whatever `read` reports, but for EINTR.
pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    todo!("read until the record is full")
}
