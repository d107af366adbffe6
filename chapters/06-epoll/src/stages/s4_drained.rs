//! Stage 4: reads until EAGAIN.
//!
//! Each edge is answered with all the reads that it is owed, so nothing is left behind.
//!
//! The fault: how many reads these are is the client's choice. One that sends as fast as it is read from
//! never comes to an EAGAIN, and nobody else ever has a turn.

use std::collections::HashMap;
use std::io;
use std::net::{TcpListener, TcpStream};

use nix::errno::Errno;
use nix::sys::epoll::EpollFlags;
use nix::unistd::{read, write};

use super::door::{Door, LISTENER};

/// What one read takes at most; small, so that little is needed to show what a stage does.
const BUFFER_BYTES: usize = 16;

/// The server of stage 4.
#[derive(Debug)]
pub struct Server<'a> {
    door: Door<'a>,
    pub clients: HashMap<u64, Client>,
}

/// A client, and what it has not taken back yet.
#[derive(Debug)]
pub struct Client {
    pub stream: TcpStream,
    pub owed: Vec<u8>,
}

impl<'a> Server<'a> {
    pub fn new(listener: &'a TcpListener) -> io::Result<Server<'a>> {
        Ok(Server { door: Door::new(listener)?, clients: HashMap::new() })
    }

    /// One wait, and what it brings.
    pub fn turn(&mut self) -> io::Result<()> {
        for token in self.door.wait()? {
            if token == LISTENER {
                self.admit()?;
            } else if let Some(client) = self.clients.get_mut(&token)
                && !client.serve()?
            {
                self.clients.remove(&token);
            }
        }
        Ok(())
    }

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
    /// All there is, and back with it; whether the client is still there.
    fn serve(&mut self) -> io::Result<bool> {
        loop {
            let mut buffer = [0; BUFFER_BYTES];
            // The fault: nothing ends this but the client.
            match read(&self.stream, &mut buffer) {
                Ok(0) => return Ok(false),
                Ok(got) => self.owed.extend_from_slice(&buffer[..got]),
                Err(Errno::EAGAIN) => return Ok(true),
                Err(errno) => return Err(errno.into()),
            }
            self.push()?;
        }
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
