//! A forked child has the descriptor, and its parent has the signals: even after it has closed it.
//!
//! The owner is a note on the open file description, and fork copies descriptors only. Whoever forks to serve a
//! client has to call F_SETOWN in the child; and as there is only one note, parent and child cannot
//! both be told, but as a process group.
//!
//! Rests on: fcntl(2), `F_SETOWN`; Linux fs/fcntl.c, `__f_setown` (the owner is in `struct file`).

use std::io;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid, write};

use crate::signals::{Signals, set_owner, set_signal};

/// The parent arms a socket, and leaves it to its child.
pub fn owner_after_fork(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    set_signal(&server, libc::SIGRTMIN())?;
    set_owner(&server, getpid())?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;

    // SAFETY: there is one thread, so the child may do anything.
    let child = match unsafe { fork() }? {
        ForkResult::Child => {
            let told_at_last = in_the_child(lesson, &events, &client, &server).unwrap_or(false);
            // SAFETY: ends the child, with nothing left to flush.
            unsafe { libc::_exit((!told_at_last).into()) }
        }
        ForkResult::Parent { child } => child,
    };
    drop(server);
    lesson.say("the parent has closed it; the child is its only user");
    let ended = waitpid(child, None)?;
    let choices = [
        ("EAGAIN", "It has nothing to do with the socket any more. But its number is the one that was noted."),
        (
            "SIGRTMIN: POLL_IN, band IN|RDNORM, fd server",
            "The number in it is that of a descriptor which it has closed.",
        ),
    ];
    let parent = lesson
        .predict("Data came for the child. Has the parent a signal?", &choices, || events.wait_at_most(Duration::ZERO));
    lesson.seen(
        "signals go to the owner that was noted, and fork changes nothing about that; F_SETOWN in the child does",
        parent.is_ok() && matches!(ended, WaitStatus::Exited(_, 0)),
    );
    lesson.quietly(|| drop(client));
    Ok(())
}

/// Whether the child hears of data only after it has become the owner.
fn in_the_child(lesson: &Lesson, events: &Signals, client: &UnixStream, server: &UnixStream) -> io::Result<bool> {
    write(client, b"hello")?;
    let before = events.wait_at_most(Duration::ZERO);
    lesson.say("the child becomes the owner");
    set_owner(server, getpid())?;
    write(client, b"hello")?;
    let after = events.wait_at_most(Duration::ZERO);
    Ok(before == Err(Error::EAGAIN) && after.is_ok())
}
