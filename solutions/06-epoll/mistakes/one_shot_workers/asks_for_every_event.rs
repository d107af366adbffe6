//! Adds its clients as one thread would. One meets it as a pool of threads around the loop of one: it works until a
//! client has two things to say in a row.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

pub const STOP: u64 = u64::MAX;

pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    Ok(epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN, token))?)
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
        match read(client, &mut buffer) {
            // The other thread was woken too, and came first.
            Err(Errno::EAGAIN) => {}
            Ok(0) | Err(_) => drop(epoll.delete(client)),
            Ok(got) => work(token, &buffer[..got]),
        }
    }
}
