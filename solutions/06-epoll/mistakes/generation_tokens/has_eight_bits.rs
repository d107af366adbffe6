//! Has a generation of eight bits. One meets it where the generation is squeezed in beside something else, a number and
//! a kind of event, and got what was over: busy places come round within one batch of a server under attack.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

struct Place {
    generation: u8,
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
        epoll.add(&client, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
        place.client = Some(client);
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
        let Some(client) = place.client.take() else { return Ok(()) };
        Ok(epoll.delete(&client)?)
    }
}
