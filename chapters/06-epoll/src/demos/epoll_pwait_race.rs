//! A signal that comes between the check and the wait is slept over; epoll_pwait closes the gap.
//!
//! "Has a signal come? No. Then wait." The signal comes after the check and before the sleep: its handler
//! runs, sets the flag, and the wait knows nothing of it. However short the gap, some day it is met. The
//! mend is to let signals in only while waiting: they are blocked during the check, and epoll_pwait
//! swaps the mask and goes to sleep in one step. What came in the gap is pending, and ends the wait.
//!
//! Rests on: epoll_pwait(2); select(2), on pselect; Linux fs/eventpoll.c, `do_epoll_pwait`.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::unistd::{gettid, read, write};

/// Whether the signal has come: what the loop checks before it waits.
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn stop(_: i32) {
    STOP.store(true, Ordering::Relaxed);
}

/// For how long nobody else wakes the sleeper.
const SILENCE: Duration = Duration::from_millis(20);

/// Lets the signal come in the gap, twice.
pub fn epoll_pwait_race(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let action = SigAction::new(SigHandler::Handler(stop), SaFlags::empty(), SigSet::empty());
    // SAFETY: a store into an atomic is safe in a handler.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    let mut events = [EpollEvent::empty(); 4];

    lesson.say("check first, then wait");
    let before = STOP.load(Ordering::Relaxed);
    lesson.say("no signal has come; and now, in the gap, it comes");
    signal_myself()?;
    let slept_over = thread::scope(|scope| -> io::Result<_> {
        lesson.peer(scope, "peer", |turn| {
            turn.keep_waiting(SILENCE);
            Ok(write(&client, b"!").map(drop)?)
        });
        let waited = lesson.predict(
            "The handler has run and set the flag. What does the wait do?",
            &[
                ("EINTR", "A signal ends a wait that it meets. This one was over before the wait began."),
                ("sleeps", "Nothing is pending any more. The flag is ours, and the kernel does not read it."),
            ],
            || epoll.wait(&mut events, EpollTimeout::NONE),
        );
        Ok(waited == Ok(1) && !before && STOP.load(Ordering::Relaxed))
    })?;
    lesson.quietly(|| read(&server, &mut [0; 4]))?;

    lesson.say("the same with the signal blocked, but for the wait");
    let signals = SigSet::from(Signal::SIGUSR1);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None)?;
    STOP.store(false, Ordering::Relaxed);
    signal_myself()?;
    let still = !STOP.load(Ordering::Relaxed);
    lesson.say("it is pending: the check, before or after, sees nothing yet");
    let waited = lesson.predict(
        "The wait swaps the mask for an empty one. What does it do?",
        &[
            ("EINTR", "The mask and the sleep are one step: what is pending ends the wait before it sleeps."),
            (
                "sleeps",
                "So it would, had the mask been changed by a call of its own: the handler would run between the two.",
            ),
        ],
        || epoll_pwait(&epoll, &mut events, &SigSet::empty()),
    );
    let caught = waited == Err(Errno::EINTR) && still && STOP.load(Ordering::Relaxed);
    lesson.seen("epoll_wait slept over the signal that came before it, epoll_pwait did not", slept_over && caught);
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}

fn signal_myself() -> nix::Result<()> {
    let (process, thread) = (process::id().cast_signed(), gettid().as_raw());
    // SAFETY: integers only.
    Errno::result(unsafe { libc::tgkill(process, thread, libc::SIGUSR1) }).map(drop)
}

/// Waits without a timeout, with this mask for as long as it waits; nix has no such call.
fn epoll_pwait(set: &Epoll, events: &mut [EpollEvent], mask: &SigSet) -> nix::Result<usize> {
    let (room, most) = (events.as_mut_ptr().cast(), events.len() as i32);
    // SAFETY: an EpollEvent is an epoll_event; there is room for as many as the kernel is told; the mask
    // outlives the call.
    let count = unsafe { libc::epoll_pwait(set.0.as_raw_fd(), room, most, -1, mask.as_ref()) };
    Ok(Errno::result(count)? as usize)
}
