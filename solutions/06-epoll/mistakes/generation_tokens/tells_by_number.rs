//! Takes the descriptor's number for a token. One meets it in nearly every first epoll server, and in the example of
//! epoll(7): `events[n].data.fd`.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

pub struct Clients {
    by_number: HashMap<u64, OwnedFd>,
}

impl Clients {
    pub fn new() -> Clients {
        Clients { by_number: HashMap::new() }
    }

    pub fn add(&mut self, epoll: &Epoll, client: OwnedFd) -> io::Result<u64> {
        let token = client.as_raw_fd() as u64;
        epoll.add(&client, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
        self.by_number.insert(token, client);
        Ok(token)
    }

    pub fn get(&self, token: u64) -> Option<BorrowedFd<'_>> {
        self.by_number.get(&token).map(AsFd::as_fd)
    }

    pub fn remove(&mut self, epoll: &Epoll, token: u64) -> io::Result<()> {
        let Some(client) = self.by_number.remove(&token) else { return Ok(()) };
        Ok(epoll.delete(&client)?)
    }
}
