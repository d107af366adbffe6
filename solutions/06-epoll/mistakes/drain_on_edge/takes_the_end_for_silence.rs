//! Takes 0 for "nothing there now", and only a reset for the end. One meets it as the server that is full of clients who
//! have left: level-triggered it would spin, edge-triggered it waits for an edge that never comes.

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
    let flags = OFlag::from_bits_retain(fcntl(client, FcntlArg::F_GETFL)?);
    fcntl(client, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, name))?;
    Ok(())
}

/// Answers one event: adds all that has come from `client` to `into`, behind what stands there already.
///
/// # Errors
/// Whatever `read` reports, but for EAGAIN and EINTR. What was read before the error is in `into`.
pub fn drain(client: BorrowedFd<'_>, into: &mut Vec<u8>) -> io::Result<Client> {
    let mut buffer = [0; 4096];
    loop {
        match read(client, &mut buffer) {
            Ok(0) => return Ok(Client::Open),
            Ok(got) => into.extend_from_slice(&buffer[..got]),
            Err(Errno::EAGAIN) => return Ok(Client::Open),
            Err(Errno::ECONNRESET) => return Ok(Client::Ended),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
