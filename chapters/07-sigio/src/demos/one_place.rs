//! Name a standard signal with F_SETSIG, and one event is kept; the next is dropped, and no alarm is raised.
//!
//! F_SETSIG may name SIGIO itself, and then it comes with a siginfo. But every standard signal has one place:
//! the first event's siginfo stays in it, and what comes while it is pending is forgotten. Nor does plain SIGIO
//! take over: the kernel falls back on it when queueing *fails*, and to merge a signal with the pending
//! one is no failure. So each SIGIO, with its descriptor or without, says at most "look everywhere". F_SETSIG with 0
//! goes back to the plain one.
//!
//! Rests on: signal(7), "Queueing and delivery semantics for standard signals"; Linux kernel/signal.c,
//! `__send_signal_locked` (`legacy_queue`: returns 0), and fs/fcntl.c, `send_sigio_to_task`. fcntl(2), `F_SETSIG`,
//! speaks of the limit only.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, write};

use crate::signals::{Signals, Taken, set_owner, set_signal};

/// Two events for one place: with SIGIO, with SIGUSR1, and without F_SETSIG.
pub fn one_place(lesson: &Lesson) -> io::Result<()> {
    let (near, first) = lesson.quietly(UnixStream::pair)?;
    let (far, second) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&near, "one client");
    lesson.name(&far, "other client");
    lesson.name(&first, "first");
    lesson.name(&second, "second");
    let signals = Signals::of(&[libc::SIGIO, libc::SIGUSR1]);
    signals.block()?;
    lesson.quietly(|| {
        for socket in [&first, &second] {
            set_owner(socket, getpid())?;
            fcntl(socket, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
        }
        nix::Result::Ok(())
    })?;
    let two_events = |signal| -> nix::Result<nix::Result<Taken>> {
        set_signal(&first, signal)?;
        set_signal(&second, signal)?;
        write(&near, b"one")?;
        write(&far, b"two")?;
        Ok(signals.wait_at_most(Duration::ZERO))
    };
    let no_more = || signals.wait_at_most(Duration::ZERO) == Err(Error::EAGAIN);

    let named = two_events(libc::SIGIO)?;
    let of_first = named.is_ok_and(|taken| taken.fd == first.as_raw_fd());
    lesson.observe(
        "C048",
        "F_SETSIG with SIGIO brings the siginfo of the first event, and forgets the others that come meanwhile",
        of_first && no_more(),
    );

    lesson.say("the same with another standard signal");
    let named = two_events(libc::SIGUSR1)?;
    let choices = [
        (
            "SIGIO",
            "It would say that an event could not be queued. But to the kernel all went well: SIGUSR1 is pending.",
        ),
        ("SIGUSR1: POLL_IN, band IN|RDNORM, fd second", "For the second event there was no place left."),
        ("EAGAIN", ""),
    ];
    let lost = lesson.predict("The second socket had an event too. What comes next?", &choices, || {
        signals.wait_at_most(Duration::ZERO)
    });
    lesson.observe(
        "C038",
        "where a standard signal is pending already the next event is dropped; SIGIO does not step in",
        named.is_ok_and(|taken| taken.fd == first.as_raw_fd()) && lost == Err(Error::EAGAIN),
    );

    lesson.say("and back");
    let plain = two_events(0)?;
    lesson.observe(
        "C037",
        "F_SETSIG with 0 restores the plain SIGIO, which brings nothing (si_code SI_KERNEL)",
        plain.is_ok_and(|taken| (taken.signal, taken.code) == (libc::SIGIO, libc::SI_KERNEL)) && no_more(),
    );
    lesson.quietly(|| drop((near, far, first, second)));
    Ok(())
}
