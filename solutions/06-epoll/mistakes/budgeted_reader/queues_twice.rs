//! Puts who has news at the end of the queue, whether it stands there already or not. One meets it as "an event is a
//! turn"; a client that sends in small pieces has one turn for each of them, and the others wait.

use std::collections::VecDeque;
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
        epoll.add(client, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, name))?;
    }
    let mut events = [EpollEvent::empty(); 64];
    let mut buffer = vec![0; budget];
    let mut to_read: VecDeque<usize> = VecDeque::new();
    let mut ended = 0;
    while ended < clients.len() {
        // Who is not finished keeps us awake, and who has news joins the queue behind them.
        let timeout = if to_read.is_empty() { EpollTimeout::NONE } else { EpollTimeout::ZERO };
        let ready = match epoll.wait(&mut events, timeout) {
            Err(Errno::EINTR) => 0,
            ready => ready?,
        };
        for event in &events[..ready] {
            let place = event.data() as usize;
            to_read.push_back(place);
        }
        let Some(place) = to_read.pop_front() else { continue };
        match read(clients[place], &mut buffer) {
            Ok(0) => ended += 1,
            Ok(got) => {
                take(place, &buffer[..got]);
                // Not before EAGAIN or the end is it finished.
                to_read.push_back(place);
            }
            Err(Errno::EAGAIN) => {}
            Err(Errno::EINTR) => to_read.push_front(place),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
