//! # Generation tokens
//!
//! A wait hands you a batch of events, and while you work through it the world moves on. One event makes you let a
//! client go; a new client takes the free place in your table, and with it, as likely as not, the old one's
//! descriptor number. Then you come to the next event of the batch. It was meant for the client that is gone, and
//! nothing in it says so, unless you have put it there.
//!
//! Write the table of clients that can tell.
//!
//! The rule: the kernel keeps 64 bits of yours with each member of a set, and returns them with each of its events
//! (epoll_ctl(2), `data`). A batch is a copy: neither DEL nor close takes an event back out of it (epoll(7), "Possible
//! pitfalls", "If using an event cache...").
//! Also true: a new descriptor gets the lowest number that is free (open(2)), often the one that was closed last.
//! And close takes a socket out of a set only with the last descriptor of the same description (epoll(7),
//! "Questions and answers").
//!
//! Book: chapter 06, "Stale events"
//! Check: cargo xtask check generation_tokens
//! Kind: core
//! Order: 4

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

/// The clients that are being served.
pub struct Clients {
    // exercise: begin
    // stub: // Whatever you need to find a client by its token, and to make a token that nobody has had before.
    places: Vec<Place>,
    free: Vec<u32>,
    // exercise: end
}
// exercise: begin

/// A place in the table, taken or free.
struct Place {
    /// How many clients have left this place.
    generation: u32,
    client: Option<OwnedFd>,
}
// exercise: end

impl Clients {
    /// A table that nobody is in.
    pub fn new() -> Clients {
        // exercise: begin todo!("an empty table")
        Clients { places: Vec::new(), free: Vec::new() }
        // exercise: end
    }

    /// Takes a client in, and has `epoll` tell when there is something to read. The token that is returned is the
    /// `data` of all its events.
    ///
    /// # Errors
    /// Whatever epoll_ctl reports; then the client is closed.
    pub fn add(&mut self, epoll: &Epoll, client: OwnedFd) -> io::Result<u64> {
        // exercise: begin todo!("find a place and make a token of it; put the client into epoll, and into the table")
        let place = self.free.last().copied().unwrap_or(self.places.len() as u32);
        let generation = self.places.get(place as usize).map_or(0, |place| place.generation);
        let token = u64::from(generation) << 32 | u64::from(place);
        epoll.add(&client, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
        match self.places.get_mut(place as usize) {
            Some(found) => {
                self.free.pop();
                found.client = Some(client);
            }
            None => self.places.push(Place { generation, client: Some(client) }),
        }
        Ok(token)
        // exercise: end
    }

    /// The client that was taken in with this token; none where it has been let go since.
    pub fn get(&self, token: u64) -> Option<BorrowedFd<'_>> {
        // exercise: begin todo!("look whether the one that the token was made for is still there")
        let place = self.places.get(token as u32 as usize)?;
        let client = place.client.as_ref()?;
        (u64::from(place.generation) == token >> 32).then(|| client.as_fd())
        // exercise: end
    }

    /// Lets the client go that was taken in with this token: out of `epoll`, out of the table, closed. Where it has
    /// been let go already, nothing happens.
    ///
    /// # Errors
    /// Whatever epoll_ctl reports.
    pub fn remove(&mut self, epoll: &Epoll, token: u64) -> io::Result<()> {
        // exercise: begin todo!("take the one that the token was made for out, and nobody else")
        if self.get(token).is_none() {
            return Ok(());
        }
        let number = token as u32;
        let place = &mut self.places[number as usize];
        place.generation = place.generation.wrapping_add(1);
        self.free.push(number);
        match place.client.take() {
            Some(client) => Ok(epoll.delete(&client)?),
            None => Ok(()),
        }
        // exercise: end
    }
}
