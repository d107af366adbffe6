//! # One-shot workers
//!
//! Two threads wait on one set, and whoever is free takes the next client that has something to say. So both
//! processors have work. And so two threads get into one conversation: a client's first piece wakes one of them, the
//! second piece, a moment later, the other; both work for the same client at once, and the later piece may well be
//! done first.
//!
//! Write what each thread runs: no client has two threads at once, and no thread sleeps while a client waits.
//!
//! The rule: EPOLLONESHOT disarms a member with its first event. It stays in the set, silent, until EPOLL_CTL_MOD arms
//! it again (epoll_ctl(2)); what came meanwhile is an event at once.
//! Also true: MOD replaces all flags, EPOLLONESHOT among them. And a wait that returns several events hands them all to
//! the thread that called it.
//!
//! Book: chapter 06, "Many threads, one set"
//! Check: cargo xtask check one_shot_workers
//! Kind: stretch
//! Order: 7

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

/// The `data` of a descriptor that the caller has put into the set: it becomes readable, and stays so, when it is time
/// to stop.
pub const STOP: u64 = u64::MAX;

/// Puts a client into the set.
///
/// # Errors
/// Whatever epoll_ctl reports.
pub fn add(epoll: &Epoll, client: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    // exercise: begin todo!("ask for what the threads want to know, in a way that tells one of them")
    Ok(epoll.add(client, EpollEvent::new(once(), token))?)
    // exercise: end
}

/// What each of several threads runs, until the event of STOP comes: reads what a client has to say, and hands it to
/// `work`, which takes its time. A token is a client's place in `clients`. The sockets are non-blocking; a client that
/// has ended is left alone.
///
/// # Errors
/// Whatever the epoll calls report, but for EINTR.
pub fn serve(epoll: &Epoll, clients: &[OwnedFd], work: &(dyn Fn(u64, &[u8]) + Sync)) -> io::Result<()> {
    // exercise: begin todo!("take a client, read, work, and let the next thread have it")
    let mut event = [EpollEvent::empty()];
    let mut buffer = [0; 4096];
    loop {
        match epoll.wait(&mut event, EpollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            result => drop(result?),
        }
        let token = event[0].data();
        if token == STOP {
            return Ok(());
        }
        let client = clients[token as usize].as_fd();
        match read(client, &mut buffer) {
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Ok(0) | Err(_) => continue,
            Ok(got) => work(token, &buffer[..got]),
        }
        epoll.modify(client, &mut EpollEvent::new(once(), token))?;
    }
    // exercise: end
}
// exercise: begin

/// News, told once, to one thread.
fn once() -> EpollFlags {
    EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT
}
// exercise: end
