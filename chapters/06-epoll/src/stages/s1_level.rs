//! Stage 1: epoll around blocking calls.
//!
//! epoll has said that the client can be read from, so the read will not sleep. Nobody has said that it
//! can be written to.
//!
//! The fault: a write to a client who reads nothing sleeps, and with it the only thread.

use std::collections::HashMap;
use std::io;
use std::net::{TcpListener, TcpStream};

use nix::sys::epoll::EpollFlags;
use nix::unistd::{read, write};

use super::door::{Door, LISTENER};

/// The server of stage 1.
#[derive(Debug)]
pub struct Server<'a> {
    door: Door<'a>,
    pub clients: HashMap<u64, TcpStream>,
}

impl<'a> Server<'a> {
    pub fn new(listener: &'a TcpListener) -> io::Result<Server<'a>> {
        Ok(Server { door: Door::new(listener)?, clients: HashMap::new() })
    }

    // ANCHOR: turn
    /// One wait, and what it brings.
    pub fn turn(&mut self) -> io::Result<()> {
        for token in self.door.wait()? {
            if token == LISTENER {
                self.clients.extend([self.door.accept(EpollFlags::EPOLLIN)?]);
                continue;
            }
            let Some(client) = self.clients.get(&token) else { continue };
            let mut buffer = [0; 65536];
            let got = read(client, &mut buffer)?;
            if got == 0 {
                self.clients.remove(&token);
                continue;
            }
            let mut rest = &buffer[..got];
            while !rest.is_empty() {
                // The fault: this sleeps until the client reads.
                rest = &rest[write(client, rest)?..];
            }
        }
        Ok(())
    }
    // ANCHOR_END: turn
}
