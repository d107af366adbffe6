//! Asks for OUT when something has to wait, and later for IN again, but never takes OUT back. One meets it as a server
//! that is quiet until its first slow client, and burns from then on.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

pub const MOST: usize = 16 << 10;

struct Client {
    socket: UnixStream,
    kept: Vec<u8>,
    slow: bool,
}

impl Client {
    /// Whether there is more to come.
    fn serve(&mut self, _: EpollFlags) -> io::Result<bool> {
        let mut buffer = [0; 2048];
        if self.kept.is_empty() {
            let got = match self.socket.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                got => got.unwrap_or(0),
            };
            self.kept.extend(&buffer[..got]);
        }
        self.write()?;
        Ok(true)
    }

    fn write(&mut self) -> io::Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        match self.socket.write(&self.kept) {
            Ok(written) => drop(self.kept.drain(..written)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

pub fn echo(clients: Vec<OwnedFd>) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let new = |socket: OwnedFd| Some(Client { socket: socket.into(), kept: Vec::new(), slow: false });
    let mut clients: Vec<_> = clients.into_iter().map(new).collect();
    for (client, token) in clients.iter().flatten().zip(0..) {
        epoll.add(&client.socket, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
    }
    let mut events = [EpollEvent::empty(); 16];
    while clients.iter().any(Option::is_some) {
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..count] {
            let place = &mut clients[event.data() as usize];
            let Some(client) = place else { continue };
            if !client.serve(event.events()).unwrap_or(false) {
                *place = None;
                continue;
            }
            let mut wanted = EpollFlags::EPOLLOUT;
            wanted.set(EpollFlags::EPOLLIN, client.kept.is_empty());
            if !client.kept.is_empty() || client.slow {
                client.slow = true;
                epoll.modify(&client.socket, &mut EpollEvent::new(wanted, event.data()))?;
            }
        }
    }
    Ok(())
}
