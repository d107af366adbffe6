//! Leaves EPOLLET out and reads one budget for each event. It is fair, and simple, and in most servers the better
//! answer; what edges oblige to is left to the kernel.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

/// Watches all `clients` edge-triggered, and hands on what they send, until each has ended: `take` is called with a
/// client's place in the slice and some bytes of it, never none. In one turn a client has at most `budget` bytes.
/// The clients are in non-blocking mode.
///
/// # Errors
/// Whatever the calls report, but for EAGAIN and EINTR.
pub fn read_fairly(clients: &[BorrowedFd<'_>], budget: usize, take: &mut dyn FnMut(usize, &[u8])) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for (name, client) in (0..).zip(clients) {
        epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN, name))?;
    }
    let mut events = [EpollEvent::empty(); 64];
    let mut buffer = vec![0; budget];
    let mut ended = 0;
    while ended < clients.len() {
        let ready = match epoll.wait(&mut events, EpollTimeout::NONE) {
            Err(Errno::EINTR) => 0,
            ready => ready?,
        };
        for event in &events[..ready] {
            let place = event.data() as usize;
            match read(clients[place], &mut buffer) {
                Ok(0) => {
                    epoll.delete(clients[place])?;
                    ended += 1;
                }
                Ok(got) => take(place, &buffer[..got]),
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
