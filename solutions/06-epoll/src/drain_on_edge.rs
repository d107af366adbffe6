//! # Drain on edge
//!
//! A server watches its clients edge-triggered. On the author's machine each event is answered by one read, and all is
//! well. In the world a client now and then waits for ever: a part of its request lies in the server's socket, and the
//! server sleeps, because of that part it has been told already.
//!
//! Write the two ends of the bargain: put a client into the set so that it can be drained, and drain it.
//!
//! The rule: an edge is an arrival, and you are told of it once. What you owe it is reads until the kernel says EAGAIN
//! or the stream ends (epoll(7), "Questions and answers").
//! Also true: EAGAIN comes from a descriptor in non-blocking mode, or from a call with MSG_DONTWAIT; others sleep.
//! The end of a stream lies behind its last byte, and may have come with it, in one edge.
//!
//! Book: chapter 06, "Drain it"
//! Check: cargo xtask check drain_on_edge
//! Kind: core
//! Order: 1

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::unistd::read;

/// Whether more may come from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// It is there, and silent for now.
    Open,
    /// It sends no more.
    Ended,
}

/// Puts `client` into the set, edge-triggered and under the name `name`. It comes as accept made it.
///
/// # Errors
/// Whatever the calls report.
pub fn watch(epoll: &Epoll, client: BorrowedFd<'_>, name: u64) -> io::Result<()> {
    // exercise: begin todo!("make it ready to be drained, and add it to the set")
    let flags = OFlag::from_bits_retain(fcntl(client, FcntlArg::F_GETFL)?);
    fcntl(client, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, name))?;
    Ok(())
    // exercise: end
}

/// Answers one event: adds all that has come from `client` to `into`, behind what stands there already.
///
/// # Errors
/// Whatever `read` reports, but for EAGAIN and EINTR. What was read before the error is in `into`.
pub fn drain(client: BorrowedFd<'_>, into: &mut Vec<u8>) -> io::Result<Client> {
    // exercise: begin todo!("read until nothing is left, and say whether more may come")
    let mut buffer = [0; 4096];
    loop {
        match read(client, &mut buffer) {
            Ok(0) => return Ok(Client::Ended),
            Ok(got) => into.extend_from_slice(&buffer[..got]),
            Err(Errno::EAGAIN) => return Ok(Client::Open),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // exercise: end
}
