//! One sigwaitinfo waits for data, for a child, for SIGTERM and for the clock, and there is no race to lose.
//!
//! select and poll wait for descriptors, and a signal that comes a moment before they sleep is missed. Here all
//! that can happen is a signal. They are blocked, so what comes early stays pending; the wait takes it out of the queue
//! with its siginfo, and no handler runs. This is the one loop of its time that waits for everything. What it asks in
//! return: every signal blocked, in every thread, before anything can send it; and SIGIO in the set, for the day on
//! which the queue is full (`overflow`).
//!
//! Rests on: sigwaitinfo(2); signal(7), "Synchronously accepting a signal"; "Signal mask and pending signals".

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal as Standard, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getpid, write};

use crate::signals::{Signal, Signals, handle, set_owner, set_signal};

static HANDLED: AtomicI32 = AtomicI32::new(0);

extern "C" fn count(_signal: Signal, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Four kinds of event in one loop; then what happens to a signal that nobody blocked.
pub fn wait_for_everything(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    // SAFETY: the handler only adds to an atomic.
    unsafe { handle(libc::SIGTERM, count, 0) }?;
    let all = Signals::of(&[libc::SIGTERM, libc::SIGCHLD, libc::SIGIO, libc::SIGRTMIN()]);
    all.block()?;
    lesson.quietly(|| {
        set_signal(&server, libc::SIGRTMIN())?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))
    })?;

    lesson.say("all of it happens before anybody waits: data, the end of a child, and SIGTERM");
    write(&client, b"hello")?;
    lesson.quietly(end_of_a_child)?;
    kill(getpid(), Standard::SIGTERM)?;
    let choices = [
        ("SIGTERM", "Standard signals before real-time ones, and the lowest number first."),
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd server", "It was sent first, but its number is the highest."),
        ("sleeps", "It would, had they been missed. But they were blocked, and so each is still pending."),
    ];
    let term = lesson.predict("And now the wait. What does it return?", &choices, || all.wait())?;
    let (child, data) = (all.wait()?, all.wait()?);
    let late = all.wait_at_most(Duration::from_millis(20));
    lesson.observe(
        "C045",
        "one sigwaitinfo waits for readiness, for other signals and for a timeout, and loses nothing that was queued",
        [term, child, data].map(|taken| taken.signal) == [libc::SIGTERM, libc::SIGCHLD, libc::SIGRTMIN()]
            && late == Err(Error::EAGAIN),
    );
    let unhandled = HANDLED.load(Ordering::Relaxed) == 0;

    lesson.say("the same without blocking it first");
    Signals::of(&[libc::SIGTERM]).unblock()?;
    kill(getpid(), Standard::SIGTERM)?;
    let missed = all.wait_at_most(Duration::ZERO);
    let handled = HANDLED.load(Ordering::Relaxed) == 1;
    lesson.observe(
        "C033",
        "sigwaitinfo takes a pending signal and its siginfo, and no handler runs; but it must be blocked beforehand",
        unhandled && missed == Err(Error::EAGAIN) && handled,
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn end_of_a_child() -> nix::Result<()> {
    // SAFETY: the child only ends.
    match unsafe { fork() }? {
        // SAFETY: as above.
        ForkResult::Child => unsafe { libc::_exit(0) },
        ForkResult::Parent { child } => waitpid(child, None).map(drop),
    }
}
