//! # Wait with a mask
//!
//! SIGTERM asks a server to stop. Its handler does the least a handler can do: it sets a flag. The loop looks at the
//! flag, waits, serves, and looks again. It works on every desk. Then, one night, the signal comes after the look and
//! before the wait. The flag is set, nobody looks, and the server sleeps until a client happens to come by.
//!
//! Write the wait that no SIGTERM slips past.
//!
//! The rule: a blocked signal stays pending until it is unblocked (signal(7)). epoll_pwait swaps the thread's signal
//! mask, waits, and swaps it back, in one: what its mask lets in ends the wait with EINTR, also where it was pending
//! before (epoll_wait(2), "epoll_pwait()"). No two calls do that: between them is where the signal comes.
//! Also true: a mask names the signals that are kept out. Other signals end a wait with EINTR as well. And a wait that
//! finds news takes no signal: what was pending is pending still.
//!
//! Book: chapter 06, "A signal and a wait"
//! Check: cargo xtask check wait_with_a_mask
//! Kind: stretch
//! Order: 6

use std::io;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent};
use nix::sys::signal::{SigSet, Signal};

/// Waits until members of `epoll` have news, and says how many; or until `stopped` says that it is time to stop:
/// then `None`. `stopped` looks at a flag that SIGTERM's handler sets; the handler is installed.
///
/// The caller's signal mask is its own affair: SIGTERM may be blocked in it or not, what else is blocked stays so,
/// during the wait too, and afterwards it is as it was.
///
/// # Errors
/// Whatever the calls report, but for EINTR.
pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    todo!("see to it that SIGTERM can come before the look or in the wait, and nowhere else")
}
