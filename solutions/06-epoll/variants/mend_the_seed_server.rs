//! Another right answer: level-triggered, with std's sockets. What is watched is what is wanted: IN while nothing is
//! owed, OUT while something is, and the listener only while a descriptor may be free.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SigHandler, Signal, signal};

struct Client {
    stream: TcpStream,
    owed: Vec<u8>,
    watched: EpollFlags,
}

pub fn serve(listener: BorrowedFd<'_>, clients: u64) -> io::Result<()> {
    // A process that serves wants the error, and never the signal.
    // SAFETY: no handler is installed.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) }?;
    let listener = TcpListener::from(listener.try_clone_to_owned()?);
    listener.set_nonblocking(true)?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let door = listener.as_raw_fd() as u64;
    epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, door))?;

    let (mut here, mut to_come, mut open) = (HashMap::new(), clients, true);
    let mut events = [EpollEvent::empty(); 16];
    while to_come > 0 || !here.is_empty() {
        let ready = match epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(ready) => ready,
            Err(Errno::EINTR) => 0,
            Err(error) => return Err(error.into()),
        };
        for event in &events[..ready] {
            // A descriptor's number is a client's name, as long as it is open.
            let name = event.data();
            if name == door {
                match listener.accept() {
                    Ok((stream, _)) => {
                        to_come -= 1;
                        stream.set_nonblocking(true)?;
                        let (name, watched) = (stream.as_raw_fd() as u64, EpollFlags::EPOLLIN);
                        epoll.add(&stream, EpollEvent::new(watched, name))?;
                        here.insert(name, Client { stream, owed: Vec::new(), watched });
                    }
                    Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
                        open = false;
                        epoll.modify(&listener, &mut EpollEvent::new(EpollFlags::empty(), door))?;
                    }
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionAborted) => {}
                    Err(error) => return Err(error),
                }
                continue;
            }
            let Some(client) = here.get_mut(&name) else { continue };
            if client.turn().unwrap_or(false) {
                client.watch(&epoll, name)?;
                continue;
            }
            // The last descriptor of a description takes it out of the set.
            here.remove(&name);
            if !open {
                open = true;
                epoll.modify(listener.as_fd(), &mut EpollEvent::new(EpollFlags::EPOLLIN, door))?;
            }
        }
    }
    Ok(())
}

impl Client {
    /// One write, or one read and one write: what is left is told again.
    fn turn(&mut self) -> io::Result<bool> {
        if self.owed.is_empty() {
            let mut buffer = [0; 1500];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(got) => self.owed.extend_from_slice(&buffer[..got]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        match self.stream.write(&self.owed) {
            Ok(sent) => drop(self.owed.drain(..sent)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Watches for what can be done next.
    fn watch(&mut self, epoll: &Epoll, name: u64) -> io::Result<()> {
        let wanted = if self.owed.is_empty() { EpollFlags::EPOLLIN } else { EpollFlags::EPOLLOUT };
        if self.watched != wanted {
            epoll.modify(&self.stream, &mut EpollEvent::new(wanted, name))?;
            self.watched = wanted;
        }
        Ok(())
    }
}
