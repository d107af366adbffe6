//! # Echo until half-close
//!
//! An iterative server takes one client after the other, and gives each its own bytes back until the client says
//! that it has no more. Clients are what they are: one waits for its answer before it goes on, one says all it has
//! and ends its half of the connection at once, one is torn away in the middle. None of them may cost the next
//! client its turn.
//!
//! Write the loop around accept, and the loop inside it.
//!
//! The rule: a FIN ends one direction only. It is read as 0, after all bytes before it; the other direction stays
//! open until you close it, and the client reads your end only then (shutdown(2); RFC 9293, section 3.6).
//! Also true: a connection that is reset fails with ECONNRESET, and that is this client's end, not the service's;
//! a signal may interrupt accept and read.
//!
//! Book: chapter 01, "One client at a time"
//! Check: cargo xtask check echo_until_half_close
//! Kind: core
//! Order: 3

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{SockFlag, accept4};
use nix::unistd::{read, write};

/// Serves so many clients of the listening socket `listener`, one after the other; returns how many bytes each
/// of them got back.
///
/// # Errors
/// Whatever `accept` reports, but for EINTR. What goes wrong with one client is that client's end, and no error.
pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    todo!("accept each client, echo what it sends until it sends no more, and close")
}
