//! Takes EPOLLET for enough, as an edge wakes one thread only. One meets it in comparisons of the two modes; but the
//! next arrival is the next edge, and finds the next thread.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

pub const STOP: u64 = u64::MAX;

pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    Ok(epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, token))?)
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
        match read(client, &mut buffer)? {
            0 => {}
            got => work(token, &buffer[..got]),
        }
    }
}
