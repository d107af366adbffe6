//! # Generation tokens
//!
//! A wait hands you a batch of events, and while you work through it the world moves on. One event makes you let a
//! client go; a new client takes the free place in your table, and with it, as likely as not, the old one's
//! descriptor number. Then you come to the next event of the batch. It was meant for the client that is gone, and
//! nothing in it says so, unless you have put it there.
//!
//! Write the table of clients that can tell.
//!
//! The rule: the kernel keeps 64 bits of yours with each member of a set, and returns them with each of its events
//! (epoll_ctl(2), `data`). A batch is a copy: neither DEL nor close takes an event back out of it (epoll(7), "Possible
//! pitfalls", "If using an event cache...").
//! Also true: a new descriptor gets the lowest number that is free (open(2)), often the one that was closed last.
//! And close takes a socket out of a set only with the last descriptor of the same description (epoll(7),
//! "Questions and answers").
//!
//! Book: chapter 06, "Stale events"
//! Check: cargo xtask check generation_tokens
//! Kind: core
//! Order: 4

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

/// The clients that are being served.
pub struct Clients {
    // Whatever you need to find a client by its token, and to make a token that nobody has had before.
}

impl Clients {
    /// A table that nobody is in.
    pub fn new() -> Clients {
        todo!("an empty table")
    }

    /// Takes a client in, and has `epoll` tell when there is something to read. The token that is returned is the
    /// `data` of all its events.
    ///
    /// # Errors
    /// Whatever epoll_ctl reports; then the client is closed.
    pub fn add(&mut self, epoll: &Epoll, client: OwnedFd) -> io::Result<u64> {
        todo!("find a place and make a token of it; put the client into epoll, and into the table")
    }

    /// The client that was taken in with this token; none where it has been let go since.
    pub fn get(&self, token: u64) -> Option<BorrowedFd<'_>> {
        todo!("look whether the one that the token was made for is still there")
    }

    /// Lets the client go that was taken in with this token: out of `epoll`, out of the table, closed. Where it has
    /// been let go already, nothing happens.
    ///
    /// # Errors
    /// Whatever epoll_ctl reports.
    pub fn remove(&mut self, epoll: &Epoll, token: u64) -> io::Result<()> {
        todo!("take the one that the token was made for out, and nobody else")
    }
}
