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
    // exercise: begin todo!("serve whoever is ready; keep what does not fit, and wait for room for it")
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut clients: Vec<_> = clients.into_iter().map(Client::new).map(Some).collect();
    for (client, token) in clients.iter().flatten().zip(0..) {
        epoll.add(&client.socket, EpollEvent::new(client.waits_for, token))?;
    }
    let mut events = [EpollEvent::empty(); 16];
    while clients.iter().any(Option::is_some) {
        let count = match epoll.wait(&mut events, EpollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            count => count?,
        };
        for token in events[..count].iter().map(EpollEvent::data) {
            let place = &mut clients[token as usize];
            let Some(client) = place else { continue };
            if !client.is_ready().unwrap_or(false) {
                *place = None;
            } else if client.waits_for != client.should_wait_for() {
                client.waits_for = client.should_wait_for();
                epoll.modify(&client.socket, &mut EpollEvent::new(client.waits_for, token))?;
            }
        }
    }
    Ok(())
    // exercise: end
}
// exercise: begin

struct Client {
    socket: OwnedFd,
    /// What has been read and not yet written.
    kept: Vec<u8>,
    /// What the set has been asked for.
    waits_for: EpollFlags,
}

impl Client {
    fn new(socket: OwnedFd) -> Client {
        Client { socket, kept: Vec::new(), waits_for: EpollFlags::EPOLLIN }
    }

    /// Either the one or the other: who is owed something is not read from.
    fn should_wait_for(&self) -> EpollFlags {
        if self.kept.is_empty() { EpollFlags::EPOLLIN } else { EpollFlags::EPOLLOUT }
    }

    /// Reads once where nothing is kept, and writes what fits; says whether there is more to come.
    fn is_ready(&mut self) -> nix::Result<bool> {
        if self.kept.is_empty() {
            let mut buffer = [0; MOST];
            match now(read(self.socket.as_fd(), &mut buffer))? {
                Some(0) => return Ok(false),
                got => self.kept.extend(&buffer[..got.unwrap_or(0)]),
            }
        }
        if !self.kept.is_empty() {
            let written = now(send(self.socket.as_raw_fd(), &self.kept, MsgFlags::MSG_NOSIGNAL))?;
            self.kept.drain(..written.unwrap_or(0));
        }
        Ok(true)
    }
}

/// A call that can do nothing now is no error.
fn now(result: nix::Result<usize>) -> nix::Result<Option<usize>> {
    match result {
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
        result => result.map(Some),
    }
}
// exercise: end
