//! Hands EINTR up with every other error of the wait. One meets it as a server that ends when somebody resizes its
//! terminal: epoll_wait is never restarted, whatever SA_RESTART says (signal(7)).

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

pub const MOST: usize = 16 << 10;

struct Client {
    socket: UnixStream,
    buffer: [u8; 2048],
    /// What of the buffer is to be written.
    rest: std::ops::Range<usize>,
}

impl Client {
    /// Goes on until it would sleep, or the client has ended.
    fn go_on(&mut self) -> io::Result<()> {
        loop {
            if self.rest.is_empty() {
                self.rest = 0..self.socket.read(&mut self.buffer)?;
                if self.rest.is_empty() {
                    return Ok(());
                }
            }
            self.rest.start += self.socket.write(&self.buffer[self.rest.clone()])?;
        }
    }
}

pub fn echo(clients: Vec<OwnedFd>) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut table = Vec::new();
    for (token, socket) in clients.into_iter().enumerate() {
        let both = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
        epoll.add(&socket, EpollEvent::new(both, token as u64))?;
        table.push(Some(Client { socket: socket.into(), buffer: [0; 2048], rest: 0..0 }));
    }
    let mut events = [EpollEvent::empty(); 4];
    while table.iter().any(Option::is_some) {
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..count] {
            let client = &mut table[event.data() as usize];
            let later = |client: &mut Client| client.go_on().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
            if !client.as_mut().is_some_and(later) {
                *client = None;
            }
        }
    }
    Ok(())
}
