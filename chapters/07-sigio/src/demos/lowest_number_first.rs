//! Different descriptors may send different signals, and the number is a priority: the lowest is taken first.
//!
//! Within a signal the events come in their order; between two signals the lower number comes first, however
//! late it was sent. So a few descriptors can be served ahead of the others. What it does not give is more
//! room: all signals share one limit. And who always has urgent events never comes to the others.
//!
//! Rests on: fcntl(2), `F_SETSIG`; signal(7), "Real-time signals" ("low-numbered signals have highest priority");
//! Linux kernel/signal.c, `next_signal`.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, write};

use crate::signals::{Signal, Signals, set_owner, set_signal};

/// Data first, then an order on another socket.
pub fn lowest_number_first(lesson: &Lesson) -> io::Result<()> {
    let (sender, data) = lesson.quietly(UnixStream::pair)?;
    let (master, orders) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&sender, "sender");
    lesson.name(&data, "data");
    lesson.name(&master, "master");
    lesson.name(&orders, "orders");
    let (high, low) = (libc::SIGRTMIN(), libc::SIGRTMIN() + 1);
    let signals = Signals::of(&[high, low]);
    signals.block()?;
    lesson.quietly(|| arm(&orders, high).and_then(|()| arm(&data, low)))?;

    write(&sender, b"one")?;
    write(&sender, b"two")?;
    write(&master, b"stop")?;
    let choices = [
        (
            "SIGRTMIN+1: POLL_IN, band IN|RDNORM, fd data",
            "It came first, and within one signal that decides. Between two it is the number.",
        ),
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd orders", ""),
    ];
    let first = lesson.predict("The order came last. What is taken first?", &choices, || signals.wait())?;
    let rest = [signals.wait()?, signals.wait_at_most(Duration::ZERO)?];
    lesson.observe(
        "C046",
        "each descriptor may have a signal of its own, and the lowest number is taken first",
        first.fd == orders.as_raw_fd() && rest.map(|taken| (taken.signal, taken.fd)) == [(low, data.as_raw_fd()); 2],
    );
    lesson.quietly(|| drop((sender, data, master, orders)));
    Ok(())
}

fn arm(descriptor: &impl AsFd, signal: Signal) -> nix::Result<()> {
    set_signal(descriptor, signal)?;
    set_owner(descriptor, getpid())?;
    fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    Ok(())
}
