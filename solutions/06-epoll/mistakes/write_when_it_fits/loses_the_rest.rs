//! Writes once, and goes on to the next read whatever came of it. One meets it in echo servers of every language: the
//! result of the write is thrown away, and for small messages nobody notices.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

pub const MOST: usize = 16 << 10;

/// Whether there is more to come.
fn serve(client: &mut UnixStream) -> io::Result<bool> {
    let mut buffer = [0; 2048];
    let got = client.read(&mut buffer)?;
    let _ = client.write(&buffer[..got]);
    Ok(got > 0)
}

pub fn echo(clients: Vec<OwnedFd>) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut clients: Vec<Option<UnixStream>> = clients.into_iter().map(|client| Some(client.into())).collect();
    for (client, token) in clients.iter().flatten().zip(0..) {
        epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
    }
    let mut events = [EpollEvent::empty(); 16];
    while clients.iter().any(Option::is_some) {
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..count] {
            let place = &mut clients[event.data() as usize];
            let Some(client) = place else { continue };
            if !serve(client).unwrap_or(false) {
                *place = None;
            }
        }
    }
    Ok(())
}
