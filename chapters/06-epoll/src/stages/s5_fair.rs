//! Stage 5: a budget.
//!
//! A turn ends after so many reads. Who is not done stands in a queue, behind all who have news.
//!
//! The fault: it reads on from a client who takes nothing back. What that one is owed has no bound but
//! the memory.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{TcpListener, TcpStream};

use nix::errno::Errno;
use nix::sys::epoll::EpollFlags;
use nix::unistd::{read, write};

use super::door::{Door, LISTENER};

/// How many times a client is read from in one turn.
const READ_BUDGET: usize = 1;

/// The server of stage 5.
#[derive(Debug)]
pub struct Server<'a> {
    pub door: Door<'a>,
    pub clients: HashMap<u64, Client>,
    /// Who was not done when the budget was spent: no edge will come for them.
    unfinished: VecDeque<u64>,
    buffer: Vec<u8>,
}

/// A client, and what it has not taken back yet.
#[derive(Debug)]
pub struct Client {
    pub stream: TcpStream,
    pub owed: Vec<u8>,
}

/// How a client's turn ended.
#[derive(PartialEq, Eq)]
enum Turn {
    Waits,
    Unfinished,
    Over,
}

impl<'a> Server<'a> {
    /// A server whose reads take `most` bytes each.
    pub fn new(listener: &'a TcpListener, most: usize) -> io::Result<Server<'a>> {
        let (clients, unfinished) = (HashMap::new(), VecDeque::new());
        Ok(Server { door: Door::new(listener)?, clients, unfinished, buffer: vec![0; most] })
    }

    // ANCHOR: turn
    /// What the kernel has news of, and who was not done; sleeps only where nobody is unfinished.
    pub fn turn(&mut self) -> io::Result<()> {
        let unfinished = std::mem::take(&mut self.unfinished);
        let news = if unfinished.is_empty() { self.door.wait()? } else { self.door.look()? };
        let newer = news.into_iter().filter(|token| !unfinished.contains(token));
        for token in newer.chain(unfinished.iter().copied()) {
            if token == LISTENER {
                self.admit()?;
                continue;
            }
            let Some(client) = self.clients.get_mut(&token) else { continue };
            match client.serve(&mut self.buffer)? {
                Turn::Waits => {}
                Turn::Unfinished => self.unfinished.push_back(token),
                Turn::Over => drop(self.clients.remove(&token)),
            }
        }
        Ok(())
    }
    // ANCHOR_END: turn

    fn admit(&mut self) -> io::Result<()> {
        let interest = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
        let (token, stream) = self.door.accept(interest)?;
        stream.set_nonblocking(true)?;
        self.clients.insert(token, Client { stream, owed: Vec::new() });
        Ok(())
    }
}

impl Client {
    // ANCHOR: serve
    /// As many reads as the budget has, and back with them.
    fn serve(&mut self, buffer: &mut [u8]) -> io::Result<Turn> {
        // The fault: this may leave as much as it likes.
        self.push()?;
        for _ in 0..READ_BUDGET {
            match read(&self.stream, buffer) {
                Ok(0) => return Ok(Turn::Over),
                Ok(got) => self.owed.extend_from_slice(&buffer[..got]),
                Err(Errno::EAGAIN) => return Ok(Turn::Waits),
                Err(errno) => return Err(errno.into()),
            }
            self.push()?;
        }
        Ok(Turn::Unfinished)
    }
    // ANCHOR_END: serve

    /// Writes what is owed, up to EAGAIN: only after that does the kernel owe an edge for room.
    fn push(&mut self) -> io::Result<()> {
        while !self.owed.is_empty() {
            match write(&self.stream, &self.owed) {
                Ok(taken) => drop(self.owed.drain(..taken)),
                Err(Errno::EAGAIN) => break,
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}
