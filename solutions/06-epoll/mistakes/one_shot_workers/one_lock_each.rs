//! Gives each client a lock. No client has two threads at work, but it has two threads: one works, and one waits for the
//! lock. One meets it as a mutex in the connection; a client that talks a lot then stops them all.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

pub const STOP: u64 = u64::MAX;

pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    Ok(epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, token))?)
}

static TURNS: [Mutex<()>; 2] = [const { Mutex::new(()) }; 2];

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
        let _turn = TURNS[token as usize].lock();
        match read(client, &mut buffer) {
            // The other thread was woken too, and came first.
            Err(Errno::EAGAIN) => {}
            Ok(0) | Err(_) => drop(epoll.delete(client)),
            Ok(got) => work(token, &buffer[..got]),
        }
    }
}
