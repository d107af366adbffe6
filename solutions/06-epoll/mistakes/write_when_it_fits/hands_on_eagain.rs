//! Takes EAGAIN for an error, and one client's for everybody's. One meets it as the `?` behind the write, in a loop whose
//! wait and whose clients fail alike.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

pub const MOST: usize = 16 << 10;

/// Whether there is more to come.
fn serve(client: &mut UnixStream) -> io::Result<bool> {
    let mut buffer = [0; 2048];
    let got = client.read(&mut buffer)?;
    let mut rest = &buffer[..got];
    while !rest.is_empty() {
        rest = &rest[client.write(rest)?..];
    }
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
            if !serve(client)? {
                *place = None;
            }
        }
    }
    Ok(())
}
