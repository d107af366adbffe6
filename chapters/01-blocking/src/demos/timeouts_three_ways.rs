//! Three ways to give a read a timeout, and three outcomes: EINTR, 0, EAGAIN.
//!
//! A read has no argument for a timeout. An alarm interrupts it from outside (EINTR); select waits
//! in its place and counts the ready descriptors (0); SO_RCVTIMEO makes the socket give up
//! (EAGAIN, the errno of non-blocking mode, which Rust calls `WouldBlock`). None of them says
//! ETIMEDOUT: that is what TCP says of a peer that no longer answers.
//!
//! The first two are timed by a clock, and never end early. The third is counted in ticks, and a tick that comes late
//! may end it some microseconds before its time.
//!
//! Rests on: UNPv3 section 14.2; setitimer(2); select(2); socket(7), `SO_RCVTIMEO`; Linux 6.1 net/core/sock.c,
//! `sock_set_timeout`, and kernel/time/timer.c, `schedule_timeout`: both in jiffies.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::time::{Duration, Instant};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::select::{FdSet, select};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::socket::{setsockopt, sockopt::ReceiveTimeout};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::read;

const LIMIT: Duration = Duration::from_millis(100);
const AGAIN: Duration = Duration::from_secs(1);

/// Reads from a client that never sends anything.
pub fn timeouts_three_ways(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    let (alarm, rang) = timed(|| by_alarm(lesson, &server))?;
    let (ready, waited) = timed(|| by_select(lesson, &server))?;
    let option = by_option(lesson, &server)?;

    lesson.seen(
        "one wait, three outcomes: EINTR, 0 ready, EAGAIN",
        (alarm, ready, option) == (Err(Errno::EINTR), Ok(0), Err(Errno::EAGAIN)),
    );
    lesson.seen(
        "the alarm and select took 100 ms or more: a timer may be late, but is never early",
        rang.min(waited) >= LIMIT,
    );
    Ok(())
}

/// A signal interrupts the read. Its handler has nothing to do but exist, without SA_RESTART.
fn by_alarm(lesson: &Lesson, server: &UnixStream) -> io::Result<nix::Result<usize>> {
    extern "C" fn nothing(_: i32) {}
    lesson.say("the alarm: a signal, and one for the whole process");
    let handler = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: a handler that does nothing may run at any point.
    unsafe { sigaction(Signal::SIGALRM, &handler) }?;
    let choices = [
        ("0", "Zero would say that the client has closed. It is silent, no more."),
        ("EAGAIN", "That is what a socket says that has a timeout of its own. Here nobody told the socket."),
        ("EINTR", ""),
    ];
    let result = lesson.predict("It rings. What does the read return?", &choices, || {
        // Should it ring before the read sleeps, nothing is interrupted, and the read waits for
        // ever. So it is set to ring again: late is better than never.
        set_alarm(LIMIT, AGAIN)?;
        io::Result::Ok(read(server, &mut [0; 16]))
    })?;
    set_alarm(Duration::ZERO, Duration::ZERO)?;
    Ok(result)
}

/// Another call does the waiting; who gets 0 does not read.
fn by_select(lesson: &Lesson, server: &UnixStream) -> io::Result<nix::Result<i32>> {
    lesson.say("select: to wait is one call, to read another");
    let mut readable = FdSet::new();
    readable.insert(server.as_fd());
    let mut limit = TimeVal::milliseconds(100);
    Ok(select(None, &mut readable, None, None, &mut limit))
}

/// The socket itself gives up.
fn by_option(lesson: &Lesson, server: &UnixStream) -> io::Result<nix::Result<usize>> {
    lesson.say("SO_RCVTIMEO: a limit for each call, not for the message that it is to bring");
    setsockopt(server, ReceiveTimeout, &TimeVal::milliseconds(100))?;
    let choices = [
        ("ETIMEDOUT", "The errno was taken: with it TCP reports a peer that acknowledges nothing."),
        ("EAGAIN", ""),
        ("0", "Zero would say that the client has closed. It is silent, no more."),
    ];
    Ok(lesson.predict("And what does this read return?", &choices, || read(server, &mut [0; 16])))
}

/// Lets SIGALRM come after `first`, and from then on each time that `again` has passed; zero is
/// never. (alarm(2) is the same in whole seconds, and once.)
fn set_alarm(first: Duration, again: Duration) -> io::Result<()> {
    let timeval =
        |time: Duration| libc::timeval { tv_sec: time.as_secs().cast_signed(), tv_usec: time.subsec_micros().into() };
    let timer = libc::itimerval { it_value: timeval(first), it_interval: timeval(again) };
    // SAFETY: `timer` is valid for the call; the old value is not asked for.
    Errno::result(unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, ptr::null_mut()) })?;
    Ok(())
}

fn timed<T>(wait: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Duration)> {
    let begun = Instant::now();
    Ok((wait()?, begun.elapsed()))
}
