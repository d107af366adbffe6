//! Puts the client into the table and then into the set; where the set refuses it, it stays in the table. One meets it
//! as a leak that needs a bad day: ENOSPC, when the user's watches are used up (epoll_ctl(2)).

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

struct Place {
    generation: u32,
    client: Option<OwnedFd>,
}

pub struct Clients {
    places: Vec<Place>,
}

impl Clients {
    pub fn new() -> Clients {
        Clients { places: Vec::new() }
    }

    pub fn add(&mut self, epoll: &Epoll, client: OwnedFd) -> io::Result<u64> {
        let free = self.places.iter().position(|place| place.client.is_none());
        let number = free.unwrap_or_else(|| {
            self.places.push(Place { generation: 0, client: None });
            self.places.len() - 1
        });
        let place = &mut self.places[number];
        let token = u64::from(place.generation) << 32 | number as u64;
        let client = place.client.insert(client);
        epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
        Ok(token)
    }

    pub fn get(&self, token: u64) -> Option<BorrowedFd<'_>> {
        let place = self.places.get(token as u32 as usize)?;
        if u64::from(place.generation) != token >> 32 {
            return None;
        }
        place.client.as_ref().map(AsFd::as_fd)
    }

    pub fn remove(&mut self, epoll: &Epoll, token: u64) -> io::Result<()> {
        if self.get(token).is_none() {
            return Ok(());
        }
        let Some(place) = self.places.get_mut(token as u32 as usize) else { return Ok(()) };
        place.generation = place.generation.wrapping_add(1);
        match place.client.take() {
            Some(client) => Ok(epoll.delete(&client)?),
            None => Ok(()),
        }
    }
}
