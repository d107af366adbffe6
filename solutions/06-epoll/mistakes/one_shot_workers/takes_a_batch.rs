//! Takes as many events as there are, as a loop for one thread does. The other thread sleeps while the clients of the
//! batch wait for the first to be done. One meets it in every first try at threads around epoll: it looks busy.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

pub const STOP: u64 = u64::MAX;

pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    let once = EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT;
    Ok(epoll.add(client, EpollEvent::new(once, token))?)
}

pub fn serve(epoll: &Epoll, clients: &[OwnedFd], work: &(dyn Fn(u64, &[u8]) + Sync)) -> io::Result<()> {
    let mut events = [EpollEvent::empty(); 16];
    let mut buffer = [0; 4096];
    loop {
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for token in events[..count].iter().map(EpollEvent::data) {
            if token == STOP {
                return Ok(());
            }
            let client = clients[token as usize].as_fd();
            let got = read(client, &mut buffer)?;
            if got > 0 {
                work(token, &buffer[..got]);
                let once = EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT;
                epoll.modify(client, &mut EpollEvent::new(once, token))?;
            }
        }
    }
}
