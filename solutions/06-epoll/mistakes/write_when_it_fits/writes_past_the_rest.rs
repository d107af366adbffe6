//! Writes what it has just read, also where something older is kept. One meets it in a `send` that first tries the
//! socket and puts into the queue what was left: it forgets to look whether somebody stands in the queue.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

pub const MOST: usize = 16 << 10;

struct Client {
    socket: UnixStream,
    kept: Vec<u8>,
    ended: bool,
}

impl Client {
    /// Whether there is more to come.
    fn serve(&mut self, events: EpollFlags) -> io::Result<bool> {
        let mut buffer = [0; 2048];
        if events.contains(EpollFlags::EPOLLIN) {
            let got = self.socket.read(&mut buffer)?;
            self.ended = got == 0;
            let written = match self.socket.write(&buffer[..got]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                written => written?,
            };
            self.kept.extend(&buffer[written..got]);
        } else {
            self.write()?;
        }
        Ok(!self.ended || !self.kept.is_empty())
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
    let new = |socket: OwnedFd| Some(Client { socket: socket.into(), kept: Vec::new(), ended: false });
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
            let mut wanted = EpollFlags::empty();
            wanted.set(EpollFlags::EPOLLIN, !client.ended && client.kept.len() + 2048 <= MOST);
            wanted.set(EpollFlags::EPOLLOUT, !client.kept.is_empty());
            epoll.modify(&client.socket, &mut EpollEvent::new(wanted, event.data()))?;
        }
    }
    Ok(())
}
