//! Another right answer, without EPOLLONESHOT: who takes a client out of the set has it, for DEL succeeds in one thread
//! only; and who has worked for it puts it back. A thread may come late to an event, and finds nothing to read.

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
    let mut buffer = vec![0; 1024];
    loop {
        match epoll.wait(&mut event, EpollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            result => drop(result?),
        }
        match event[0].data() {
            STOP => return Ok(()),
            token => {
                let client = clients[token as usize].as_fd();
                match epoll.delete(client) {
                    Err(Errno::ENOENT) => continue,
                    result => result?,
                }
                match read(client, &mut buffer) {
                    Err(Errno::EAGAIN) => {}
                    Ok(0) | Err(_) => continue,
                    Ok(got) => work(token, &buffer[..got]),
                }
                add(epoll, client, token)?;
            }
        }
    }
}
