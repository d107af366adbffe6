//! Name a real-time signal with F_SETSIG, and each arrival is queued, with the descriptor it came on.
//!
//! Any signal may stand in for SIGIO. A real-time one is queued as often as it is sent, in order, and brings a
//! siginfo: `si_fd` is the descriptor, `si_code` says why (POLL_IN, POLL_HUP, …), `si_band` says the same in
//! poll's bits. Block the signal, and take it with sigwaitinfo: then it is an event queue like epoll's, years
//! before epoll. The handler never runs, and there is no race to lose.
//!
//! Rests on: fcntl(2), `F_SETSIG`; sigwaitinfo(2); signal(7), "Real-time signals"; Linux fs/fcntl.c,
//! `send_sigio_to_task`. fcntl(2) says that only a `si_code` of SI_SIGIO promises a `si_fd`; since Linux 2.4 it is
//! the POLL_ codes that do (sigaction(2), "SI_SIGIO").

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, read, write};

use crate::signals::{POLL_IN, Signals, set_owner, set_signal};

/// Three messages on two sockets, as in `plain_sigio`.
pub fn queued_signal(lesson: &Lesson) -> io::Result<()> {
    let (near, first) = lesson.quietly(UnixStream::pair)?;
    let (far, second) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&near, "one client");
    lesson.name(&far, "other client");
    lesson.name(&first, "first");
    lesson.name(&second, "second");

    // ANCHOR: arm
    let event = libc::SIGRTMIN();
    let events = Signals::of(&[event]);
    events.block()?;
    for socket in [&first, &second] {
        set_signal(socket, event)?;
        set_owner(socket, getpid())?;
        fcntl(socket, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    }
    // ANCHOR_END: arm

    lesson.say("three messages, while the signal is blocked");
    write(&near, b"one")?;
    write(&far, b"two")?;
    write(&near, b"three")?;
    let taken = [events.wait()?, events.wait()?, events.wait()?];
    let choices = [
        ("sleeps", "With a timeout of nothing it cannot."),
        ("EAGAIN", "Three arrivals, three signals, and all are taken. Unlike SIGIO, none was forgotten."),
        (
            "SIGRTMIN: POLL_IN, band IN|RDNORM, fd first",
            "Both sockets are still readable, but a signal tells of an arrival. Nothing has arrived since.",
        ),
    ];
    let over = lesson
        .predict("Nothing has been read yet. Is there a fourth?", &choices, || events.wait_at_most(Duration::ZERO));
    let sockets = [&first, &second, &first].map(AsRawFd::as_raw_fd);
    lesson.seen(
        "three messages made three signals, in their order, each with its descriptor",
        taken.map(|taken| taken.fd) == sockets && over == Err(Error::EAGAIN),
    );
    lesson.observe(
        "C041",
        "si_code says why a signal was sent: POLL_IN for each of the three",
        taken.iter().all(|taken| taken.code == POLL_IN),
    );
    let mut buffer = [0; 16];
    read(&first, &mut buffer)?;
    read(&second, &mut buffer)?;
    lesson.quietly(|| drop((near, far, first, second)));
    Ok(())
}
