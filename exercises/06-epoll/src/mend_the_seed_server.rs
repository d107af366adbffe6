//! # Mend the seed server
//!
//! Somewhere on the web stands an epoll echo server of a hundred lines, "edge-triggered, for speed", and it has been
//! copied many times. With one client who types one line it works. This is a server of ours with the faults of that
//! one and of its copies, ten of them: it forgets clients, forgets bytes, sleeps where it should not, and dies of
//! things that happen every day.
//!
//! Mend it. This takes longer than a chapter's first exercise usually does, an hour perhaps, so take the faults one by
//! one: each has a check of its own, and the verdict counts those that are mended and tells of the next. In that order
//! each mend is a few lines. Change what you like but the first line of `serve`.
//!
//! What the server owes its clients: each gets all its bytes back, in order, however slowly it reads; its half-close
//! is its last word and not yours; no client makes another one wait; who finds no descriptor free waits in the
//! listener's queue, and is served when one is.
//!
//! The rule: an edge tells of an arrival once. It is owed calls until EAGAIN, and EAGAIN comes only from descriptors
//! that are non-blocking (epoll(7), "Level-triggered and edge-triggered").
//! Also true: O_NONBLOCK is a file status flag, F_GETFL and F_SETFL; FD_CLOEXEC is a descriptor flag, F_GETFD and
//! F_SETFD (fcntl(2)). A write to who has gone raises SIGPIPE (send(2), "MSG_NOSIGNAL"). epoll_wait is never
//! restarted after a handler (signal(7)). close takes a descriptor out of the set where it is the last one of its
//! description (epoll(7), "Questions and answers").
//!
//! Book: chapter 06, "The listing"
//! Check: cargo xtask check mend_the_seed_server
//! Kind: mend

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{SockFlag, accept4};
use nix::unistd::{read, write};

/// What the listener is called in the set; clients have the numbers after it.
const LISTENER: u64 = 0;

/// Echoes to so many clients of the listening socket `listener`, all at once; returns when the last one is done.
///
/// # Errors
/// What only the service itself can meet. What goes wrong with one client is that client's end, and no error.
pub fn serve(listener: BorrowedFd<'_>, clients: u64) -> io::Result<()> {
    let mut server = Server::new(listener)?;
    while server.accepted < clients || !server.clients.is_empty() {
        server.turn()?;
    }
    Ok(())
}

/// The set, and who is in it.
struct Server<'a> {
    epoll: Epoll,
    listener: BorrowedFd<'a>,
    /// How many have come.
    accepted: u64,
    /// Those that are here, by what they are called in the set.
    clients: BTreeMap<u64, Client>,
}

struct Client {
    socket: OwnedFd,
}

impl<'a> Server<'a> {
    fn new(listener: BorrowedFd<'a>) -> io::Result<Server<'a>> {
        make_non_blocking(listener)?;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(listener, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, LISTENER))?;
        Ok(Server { epoll, listener, accepted: 0, clients: BTreeMap::new() })
    }

    /// Sleeps until something happens, and does what is to be done about it.
    fn turn(&mut self) -> io::Result<()> {
        let mut events = [EpollEvent::empty(); 64];
        let ready = self.epoll.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..ready] {
            match event.data() {
                LISTENER => self.welcome()?,
                name => self.attend(name, event.events())?,
            }
        }
        Ok(())
    }

    /// Accepts who has come.
    fn welcome(&mut self) -> io::Result<()> {
        let number = accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC)?;
        // SAFETY: accept has just made this descriptor, and nobody else knows its number.
        self.take_in(unsafe { OwnedFd::from_raw_fd(number) })
    }

    /// Makes a new connection one of the set.
    fn take_in(&mut self, socket: OwnedFd) -> io::Result<()> {
        make_non_blocking(socket.as_fd())?;
        self.accepted += 1;
        let watched = EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
        let name = self.clients.len() as u64 + 1;
        self.epoll.add(&socket, EpollEvent::new(watched, name))?;
        self.clients.insert(name, Client { socket });
        Ok(())
    }

    /// Does what a client's event asks for.
    fn attend(&mut self, name: u64, events: EpollFlags) -> io::Result<()> {
        let over = EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR;
        if events.intersects(over) {
            return self.part_from(name);
        }
        let Some(client) = self.clients.get_mut(&name) else { return Ok(()) };
        match client.echo() {
            Ok(true) => Ok(()),
            // Its end, or an error of its connection, which is the end of this client alone.
            Ok(false) | Err(_) => self.part_from(name),
        }
    }

    /// Ends a client's service.
    fn part_from(&mut self, name: u64) -> io::Result<()> {
        let Some(client) = self.clients.remove(&name) else { return Ok(()) };
        let number = client.socket.as_raw_fd();
        drop(client);
        // SAFETY: it is only a number.
        let _ = self.epoll.delete(unsafe { BorrowedFd::borrow_raw(number) });
        Ok(())
    }
}

impl Client {
    /// Gives back what has come; says whether more may come.
    fn echo(&mut self) -> nix::Result<bool> {
        let mut buffer = [0; 4096];
        match read(&self.socket, &mut buffer) {
            Ok(0) => Ok(false),
            Ok(got) => {
                let _ = write(&self.socket, &buffer[..got]);
                Ok(true)
            }
            Err(Errno::EAGAIN) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

/// Makes calls on a socket return EAGAIN where they would sleep.
fn make_non_blocking(socket: BorrowedFd<'_>) -> nix::Result<()> {
    let flags = fcntl(socket, FcntlArg::F_GETFD)? | OFlag::O_NONBLOCK.bits();
    fcntl(socket, FcntlArg::F_SETFD(FdFlag::from_bits_retain(flags)))?;
    Ok(())
}
