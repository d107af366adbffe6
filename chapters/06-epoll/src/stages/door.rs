//! What the stages have in common: an epoll set with a listener in it, and a token for each client.

use std::io;
use std::net::TcpListener;
use std::net::TcpStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

/// The listener's token; clients have 1, 2 and so on, never used again.
pub const LISTENER: u64 = 0;

/// The epoll set, and where clients come in.
#[derive(Debug)]
pub struct Door<'a> {
    pub epoll: Epoll,
    listener: &'a TcpListener,
    last_token: u64,
}

impl<'a> Door<'a> {
    /// A new set that holds the listener, level-triggered: whoever is not accepted is told of again.
    pub fn new(listener: &'a TcpListener) -> io::Result<Door<'a>> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
        Ok(Door { epoll, listener, last_token: LISTENER })
    }

    /// Sleeps until there is news, and returns whose.
    pub fn wait(&self) -> io::Result<Vec<u64>> {
        self.news(EpollTimeout::NONE)
    }

    /// Returns whose news there is now.
    pub fn look(&self) -> io::Result<Vec<u64>> {
        self.news(EpollTimeout::ZERO)
    }

    fn news(&self, timeout: EpollTimeout) -> io::Result<Vec<u64>> {
        let mut events = [EpollEvent::empty(); 8];
        let count = self.epoll.wait(&mut events, timeout)?;
        Ok(events[..count].iter().map(EpollEvent::data).collect())
    }

    /// Lets one client in, and has epoll watch it for `interest`.
    pub fn accept(&mut self, interest: EpollFlags) -> io::Result<(u64, TcpStream)> {
        let (client, _) = self.listener.accept()?;
        self.last_token += 1;
        self.epoll.add(&client, EpollEvent::new(interest, self.last_token))?;
        Ok((self.last_token, client))
    }
}
