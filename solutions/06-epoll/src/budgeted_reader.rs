//! # Budgeted reader
//!
//! Drain on edge, says the rule, and a server keeps it: it reads each client to EAGAIN. Then comes a client that sends
//! faster than it is read. Its EAGAIN never comes, and all the others wait for ever, their bytes in the sockets, their
//! events unread in the set.
//!
//! Write the reader that serves them all: no client has more than a budget of bytes read before each other one that
//! has something to say had its turn. Who used up the budget is not finished, and no edge will tell of the rest.
//!
//! The rule: the kernel takes an edge-triggered event out of its list when it reports it (fs/eventpoll.c,
//! ep_send_events, Linux 6.18). So the list of those that are not finished is yours to keep, and you may sleep only
//! when it is empty (epoll(7), "Possible pitfalls and ways to avoid them").
//! Also true: with a timeout of 0 epoll_wait looks and does not sleep (epoll_wait(2)). EPOLL_CTL_MOD looks at the
//! descriptor anew, and makes an event of what it finds (fs/eventpoll.c, ep_modify).
//!
//! Book: chapter 06, "Who starves"
//! Check: cargo xtask check budgeted_reader
//! Kind: core
//! Order: 2

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
    // exercise: begin todo!("wait, give each that is ready a turn, and come back to those that are not finished")
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
            if !to_read.contains(&place) {
                to_read.push_back(place);
            }
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
    // exercise: end
}
