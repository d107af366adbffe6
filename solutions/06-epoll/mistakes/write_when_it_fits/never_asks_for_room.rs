//! Keeps the rest for the next time there is something to read, and never asks for OUT. One meets it where the queue
//! was added to a loop that knew only readers: the last bytes stay until the client speaks again, or for ever.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

pub const MOST: usize = 16 << 10;

struct Client {
    socket: UnixStream,
    kept: Vec<u8>,
}

impl Client {
    /// Whether there is more to come.
    fn serve(&mut self, _: EpollFlags) -> io::Result<bool> {
        let mut buffer = [0; 2048];
        let got = self.socket.read(&mut buffer)?;
        self.kept.extend(&buffer[..got]);
        self.write()?;
        Ok(got > 0)
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
    let new = |socket: OwnedFd| Some(Client { socket: socket.into(), kept: Vec::new() });
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
            }
        }
    }
    Ok(())
}
