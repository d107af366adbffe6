//! Makes the listener non-blocking and takes the clients to inherit it, as they do on the BSDs. On Linux they do not
//! (accept(2)). One meets it in servers that were ported.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{MsgFlags, SockFlag, accept4, send};
use nix::unistd::read;

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
    /// What was read and could not be sent yet.
    unsent: Vec<u8>,
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
        let ready = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
            Err(Errno::EINTR) => return Ok(()),
            ready => ready?,
        };
        for event in &events[..ready] {
            match event.data() {
                LISTENER => self.welcome()?,
                name => self.attend(name)?,
            }
        }
        Ok(())
    }

    /// Accepts who has come.
    fn welcome(&mut self) -> io::Result<()> {
        loop {
            match accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
                // SAFETY: accept has just made this descriptor, and nobody else knows its number.
                Ok(number) => self.take_in(unsafe { OwnedFd::from_raw_fd(number) })?,
                Err(Errno::EINTR | Errno::ECONNABORTED) => {}
                // The queue is empty; or it is not, and who stands in it waits until a client leaves.
                Err(Errno::EAGAIN | Errno::EMFILE | Errno::ENFILE) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes a new connection one of the set.
    fn take_in(&mut self, socket: OwnedFd) -> io::Result<()> {
        self.accepted += 1;
        let watched = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
        let name = self.accepted;
        self.epoll.add(&socket, EpollEvent::new(watched, name))?;
        self.clients.insert(name, Client { socket, unsent: Vec::new() });
        Ok(())
    }

    /// Does what a client's event asks for.
    fn attend(&mut self, name: u64) -> io::Result<()> {
        // Whatever the event says, the calls say too, and only after all that was sent before it.
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
        self.epoll.delete(&client.socket)?;
        drop(client);
        // Now a descriptor is free, and whom EMFILE kept in the queue makes no new edge.
        self.welcome()
    }
}

impl Client {
    /// Gives back what has come; says whether more may come.
    fn echo(&mut self) -> nix::Result<bool> {
        let mut buffer = [0; 4096];
        loop {
            // First what is owed: nothing more is read from a client that does not listen, and its end is
            // read when it has all its bytes.
            while !self.unsent.is_empty() {
                match send(self.socket.as_raw_fd(), &self.unsent, MsgFlags::MSG_NOSIGNAL) {
                    Ok(sent) => drop(self.unsent.drain(..sent)),
                    Err(Errno::EAGAIN) => return Ok(true),
                    Err(error) => return Err(error),
                }
            }
            match read(&self.socket, &mut buffer) {
                Ok(0) => return Ok(false),
                Ok(got) => self.unsent.extend_from_slice(&buffer[..got]),
                Err(Errno::EAGAIN) => return Ok(true),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Makes calls on a socket return EAGAIN where they would sleep.
fn make_non_blocking(socket: BorrowedFd<'_>) -> nix::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(socket, FcntlArg::F_GETFL)?);
    fcntl(socket, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
