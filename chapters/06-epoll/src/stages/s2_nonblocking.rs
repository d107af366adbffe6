//! Stage 2: no call sleeps but the wait.
//!
//! Clients are in non-blocking mode. What one does not take is owed to it, and epoll is asked to tell of
//! room as well as of data.
//!
//! The fault: there is room nearly always, and level-triggered epoll tells what *is*. The wait does not
//! sleep any more, and the loop runs hot for a client who does nothing.

use std::collections::HashMap;
use std::io;
use std::net::{TcpListener, TcpStream};

use nix::errno::Errno;
use nix::sys::epoll::EpollFlags;
use nix::unistd::{read, write};

use super::door::{Door, LISTENER};

/// The server of stage 2.
#[derive(Debug)]
pub struct Server<'a> {
    door: Door<'a>,
    pub clients: HashMap<u64, Client>,
}

/// A client, and what it has not taken back yet.
#[derive(Debug)]
pub struct Client {
    pub stream: TcpStream,
    owed: Vec<u8>,
}

impl<'a> Server<'a> {
    pub fn new(listener: &'a TcpListener) -> io::Result<Server<'a>> {
        Ok(Server { door: Door::new(listener)?, clients: HashMap::new() })
    }

    // ANCHOR: turn
    /// One wait, and what it brings; returns of how many the kernel had news.
    pub fn turn(&mut self) -> io::Result<usize> {
        let news = self.door.wait()?;
        for &token in &news {
            if token == LISTENER {
                // The fault: OUT is so as long as there is room.
                let (token, stream) = self.door.accept(EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT)?;
                stream.set_nonblocking(true)?;
                self.clients.insert(token, Client { stream, owed: Vec::new() });
                continue;
            }
            let Some(client) = self.clients.get_mut(&token) else { continue };
            if !client.serve()? {
                self.clients.remove(&token);
            }
        }
        Ok(news.len())
    }
    // ANCHOR_END: turn
}

impl Client {
    /// Writes what is owed and fits, then reads; whether the client is still there.
    fn serve(&mut self) -> io::Result<bool> {
        if !self.owed.is_empty() {
            match write(&self.stream, &self.owed) {
                Ok(taken) => drop(self.owed.drain(..taken)),
                Err(Errno::EAGAIN) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        let mut buffer = [0; 65536];
        match read(&self.stream, &mut buffer) {
            Ok(0) => return Ok(false),
            Ok(got) => self.owed.extend_from_slice(&buffer[..got]),
            Err(Errno::EAGAIN) => {}
            Err(errno) => return Err(errno.into()),
        }
        Ok(true)
    }
}
