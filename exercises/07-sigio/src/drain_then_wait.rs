//! # Drain, then wait
//!
//! A server answers what its client says. It waits for a signal, reads, answers, and waits again. And now and then a
//! client waits for ever: its first words came before the server had armed the socket, or its message was longer
//! than one read, and no signal tells of either.
//!
//! Write the loop that owes nothing when it goes to sleep.
//!
//! The rule: a signal tells that something arrived, not that something is there (fcntl(2), "Managing signals"). What
//! you leave in the socket nobody mentions again; so sleep only when a read has said EAGAIN.
//! Also true: a signal may be late, and tell of what you have read already. The wait itself may end with EINTR, when
//! another signal was handled (sigwaitinfo(2)).
//!
//! Book: chapter 07, "Arm, then look"
//! Check: cargo xtask check drain_then_wait
//! Kind: core
//! Order: 2

use std::io;
use std::os::fd::BorrowedFd;
use std::{mem, ptr};

use nix::errno::Errno;
use nix::unistd::{read, write};

/// Sends back all that comes on `socket`, up to the end of the stream; says how many bytes that were.
///
/// The socket is non-blocking, and its events are the signal `event`, which is blocked. For the answers there is
/// always room.
///
/// # Errors
/// Whatever the calls report, but for EAGAIN and EINTR.
pub fn echo(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<usize> {
    todo!("read and answer until EAGAIN; sleep in `next`; and again")
}

/// Sleeps until `event` is pending, and takes it (sigwaitinfo(2)).
fn next(event: libc::c_int) -> nix::Result<()> {
    // SAFETY: sigemptyset initialises the set, which outlives the calls; nobody wants the siginfo.
    let taken = unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, event);
        libc::sigwaitinfo(&raw const set, ptr::null_mut())
    };
    Errno::result(taken).map(drop)
}
