//! Puts a lock around wait, read and work, so that no two threads can get in each other's way. One meets it as the
//! mend for two threads in one conversation; it makes two threads into one.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

pub const STOP: u64 = u64::MAX;

pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    Ok(epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN, token))?)
}

static TURN: Mutex<()> = Mutex::new(());

pub fn serve(epoll: &Epoll, clients: &[OwnedFd], work: &(dyn Fn(u64, &[u8]) + Sync)) -> io::Result<()> {
    let mut event = [EpollEvent::empty()];
    let mut buffer = [0; 4096];
    loop {
        let _turn = TURN.lock();
        epoll.wait(&mut event, EpollTimeout::NONE)?;
        let token = event[0].data();
        if token == STOP {
            return Ok(());
        }
        let client = clients[token as usize].as_fd();
        match read(client, &mut buffer)? {
            0 => epoll.delete(client)?,
            got => work(token, &buffer[..got]),
        }
    }
}
