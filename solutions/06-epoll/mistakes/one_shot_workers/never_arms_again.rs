//! Never arms a client again. One meets it as the connection that answers its first request, and no other.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

pub const STOP: u64 = u64::MAX;

pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    Ok(epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT, token))?)
}

pub fn serve(epoll: &Epoll, clients: &[OwnedFd], work: &(dyn Fn(u64, &[u8]) + Sync)) -> io::Result<()> {
    let mut event = [EpollEvent::empty()];
    let mut buffer = [0; 4096];
    loop {
        epoll.wait(&mut event, EpollTimeout::NONE)?;
        let token = event[0].data();
        if token == STOP {
            return Ok(());
        }
        let client = clients[token as usize].as_fd();
        let got = read(client, &mut buffer)?;
        work(token, &buffer[..got]);
    }
}
