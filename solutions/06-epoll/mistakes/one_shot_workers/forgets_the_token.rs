//! Arms the client again with 0 for its data, as only the flags have changed. But MOD replaces the whole event: from now
//! on this client's news go to whoever is called 0. One meets it with one client as a server that works.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
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
        match epoll.wait(&mut event, EpollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            result => drop(result?),
        }
        let token = event[0].data();
        if token == STOP {
            return Ok(());
        }
        let client = clients[token as usize].as_fd();
        match read(client, &mut buffer) {
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Ok(0) | Err(_) => continue,
            Ok(got) => work(token, &buffer[..got]),
        }
        let once = EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT;
        epoll.modify(client, &mut EpollEvent::new(once, 0))?;
    }
}
