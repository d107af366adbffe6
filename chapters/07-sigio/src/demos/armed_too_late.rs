//! What came before O_ASYNC was set sends no signal: arm first, then read until EAGAIN, then wait.
//!
//! A signal tells of an arrival, and this one is over. It happens to every accepted connection: on Linux it
//! inherits neither O_ASYNC nor O_NONBLOCK from its listener, and a client's first bytes are often there before
//! anybody can set them. Who arms and waits, waits for the second message of a client who waits for the first answer.
//!
//! Rests on: accept(2), "Notes" ("does not inherit file status flags such as O_NONBLOCK and O_ASYNC").

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// A client is quicker than its server.
pub fn armed_too_late(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    lesson.quietly(|| arm(&listener))?;

    let client = lesson.quietly(|| TcpStream::connect(listener.local_addr()?))?;
    lesson.name(&client, "client");
    write(&client, b"hello")?;
    events.wait()?;
    let (server, _) = listener.accept()?;
    lesson.name(&server, "server");
    let flags = OFlag::from_bits_retain(fcntl(&server, FcntlArg::F_GETFL)?);
    // Loopback delivers soon, not at once.
    lesson.quietly(|| poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE))?;
    arm(&server)?;
    let choices = [
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd server", "A level would still be there to see. An arrival is over."),
        ("EAGAIN", ""),
    ];
    let silent = lesson.predict("The data is there, and the socket is armed. Is there a signal?", &choices, || {
        events.wait_at_most(Duration::ZERO)
    });
    lesson.say("so look once, after arming it");
    let got = read(&server, &mut [0; 16])?;
    let over = read(&server, &mut [0; 16]);
    lesson.seen(
        "a connection inherits no O_ASYNC, and what came before it is set sends no signal",
        !flags.contains(OFlag::O_ASYNC) && silent == Err(Error::EAGAIN) && (got, over) == (5, Err(Error::EAGAIN)),
    );
    lesson.quietly(|| drop((client, server, listener)));
    Ok(())
}

fn arm(descriptor: &impl AsFd) -> nix::Result<()> {
    set_signal(descriptor, libc::SIGRTMIN())?;
    set_owner(descriptor, getpid())?;
    fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    Ok(())
}
