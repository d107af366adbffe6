//! epoll_pwait that finds an event returns it and lets no signal in: under load a signal may wait for ever.
//!
//! The mask that is swapped in is for the sleep. Where there is an event at once there is no sleep; the old mask
//! comes back, and the pending signal stays pending. A busy server that unblocks SIGTERM in epoll_pwait alone
//! does not hear of it until it has nothing to do. So open the mask now and then with a call of its own
//! (sigprocmask), or take signals as a member of the set (signalfd, chapter 08). A timeout of zero is no way out:
//! see no_sleep_no_signal.
//!
//! Rests on: Linux fs/eventpoll.c, `do_epoll_pwait` (`restore_saved_sigmask_unless(error == -EINTR)`).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::unistd::{gettid, read, write};

/// How often the handler ran.
static RUNS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: i32) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Waits with a pending signal, first with an event that is ready, then without.
pub fn signals_wait_for_events(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::empty(), SigSet::empty());
    // SAFETY: an addition to an atomic is safe in a handler.
    unsafe { sigaction(Signal::SIGTERM, &action) }?;
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::from(Signal::SIGTERM)), None)?;

    write(&client, b"!")?;
    let (process, thread) = (process::id().cast_signed(), gettid().as_raw());
    // SAFETY: integers only.
    Errno::result(unsafe { libc::tgkill(process, thread, libc::SIGTERM) })?;
    lesson.say("a member is ready, and a signal is pending");
    let busy = lesson.predict(
        "The wait lets the signal in. What does it return?",
        &[
            ("EINTR", "It would, had it to sleep. But there is an event, and so no sleep."),
            ("server: IN", "Events come first. The signal is as pending as before."),
        ],
        || wait_with_signals(&epoll),
    );
    let runs_busy = RUNS.load(Ordering::Relaxed);
    let again = wait_with_signals(&epoll);
    let runs_again = RUNS.load(Ordering::Relaxed);
    read(&server, &mut [0; 4])?;
    lesson.say("only when there is nothing to report does the signal get in");
    let idle = wait_with_signals(&epoll);
    lesson.seen(
        "while events are ready the handler does not run; when there are none it does, and the wait fails with EINTR",
        (busy, runs_busy, again, runs_again) == (Ok(1), 0, Ok(1), 0)
            && (idle, RUNS.load(Ordering::Relaxed)) == (Err(Errno::EINTR), 1),
    );
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}

/// Waits without a timeout and with no signal blocked; nix has no such call.
fn wait_with_signals(set: &Epoll) -> nix::Result<i32> {
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    let none = SigSet::empty();
    // SAFETY: there is room for one event; the mask outlives the call.
    Errno::result(unsafe { libc::epoll_pwait(set.0.as_raw_fd(), &raw mut event, 1, -1, none.as_ref()) })
}
