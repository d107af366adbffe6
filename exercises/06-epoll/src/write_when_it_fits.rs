//! # Write when it fits
//!
//! An echo server, and among its clients one that sends and sends, and does not read. Its receive buffer fills up, then
//! your send buffer; your next write takes a part of what you have, the one after it nothing. What now? Sleep in the
//! write, and all other clients wait with you. Drop the rest, and the echo has a hole. Read on and keep it all, and
//! one client has your memory.
//!
//! Write the server that keeps little, loses nothing, and sleeps when there is nothing to do.
//!
//! The rule: a write to a non-blocking socket takes what fits and says how much; where nothing fits it says EAGAIN,
//! and EPOLLOUT comes when there is room again (write(2); epoll_ctl(2)).
//! Also true: level-triggered, EPOLLOUT is reported by every wait as long as there is room, and there nearly always
//! is. And what you do not read stays with the client: first your receive buffer fills up, then its writes sleep.
//!
//! Book: chapter 06, "Back-pressure"
//! Check: cargo xtask check write_when_it_fits
//! Kind: core
//! Order: 5

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{MsgFlags, send};
use nix::unistd::read;

/// How much of a client's may be read and not yet written back, in bytes.
pub const MOST: usize = 16 << 10;

/// Gives each client its bytes back, in order, until all of them have ended their direction and have got everything;
/// and closes each as soon as that is so for it. The sockets are non-blocking.
///
/// # Errors
/// Whatever the epoll calls report, but for EINTR. What goes wrong with one client is that client's end, and no error.
pub fn echo(clients: Vec<OwnedFd>) -> io::Result<()> {
    todo!("serve whoever is ready; keep what does not fit, and wait for room for it")
}
