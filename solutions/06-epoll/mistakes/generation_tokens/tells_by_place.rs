//! Takes the place in the table for a token. One meets it wherever a slab's key is the `data` of an event: slabs give
//! a free place to the next who comes.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

pub struct Clients {
    places: Vec<Option<OwnedFd>>,
}

impl Clients {
    pub fn new() -> Clients {
        Clients { places: Vec::new() }
    }

    pub fn add(&mut self, epoll: &Epoll, client: OwnedFd) -> io::Result<u64> {
        let free = self.places.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        epoll.add(&client, EpollEvent::new(EpollFlags::EPOLLIN, place as u64))?;
        self.places[place] = Some(client);
        Ok(place as u64)
    }

    pub fn get(&self, token: u64) -> Option<BorrowedFd<'_>> {
        self.places.get(token as usize)?.as_ref().map(AsFd::as_fd)
    }

    pub fn remove(&mut self, epoll: &Epoll, token: u64) -> io::Result<()> {
        let Some(client) = self.places.get_mut(token as usize).and_then(Option::take) else { return Ok(()) };
        Ok(epoll.delete(&client)?)
    }
}
