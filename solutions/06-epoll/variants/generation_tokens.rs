//! Another right answer: a token is never given twice, as each client gets the next of 2^64 numbers. A map instead
//! of places, and a little slower for it.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

pub struct Clients {
    by_token: HashMap<u64, OwnedFd>,
    came: u64,
}

impl Clients {
    pub fn new() -> Clients {
        Clients { by_token: HashMap::new(), came: 0 }
    }

    pub fn add(&mut self, epoll: &Epoll, client: OwnedFd) -> io::Result<u64> {
        self.came += 1;
        epoll.add(&client, EpollEvent::new(EpollFlags::EPOLLIN, self.came))?;
        self.by_token.insert(self.came, client);
        Ok(self.came)
    }

    pub fn get(&self, token: u64) -> Option<BorrowedFd<'_>> {
        self.by_token.get(&token).map(AsFd::as_fd)
    }

    pub fn remove(&mut self, epoll: &Epoll, token: u64) -> io::Result<()> {
        let Some(client) = self.by_token.remove(&token) else { return Ok(()) };
        Ok(epoll.delete(&client)?)
    }
}
