//! epoll_pwait with a timeout of zero lets no signal in, not even where nothing is ready. ppoll does.
//!
//! Who wants to let pending signals in without waiting will think of a timeout of zero and the mask for the sleep. epoll
//! looks for signals on its way to sleep, and this call is not going there: it returns 0, the old mask comes
//! back, and the signal is still pending. poll looks for signals before it asks whether the time is up. To let signals
//! in at once, open the mask: sigprocmask, and sigprocmask.
//!
//! Neither manual page tells the difference: epoll_pwait(2) says that the call is "equivalent to atomically executing"
//! a change of the mask, a wait and a change back, and there the first change would let the signal in.
//!
//! Rests on: Linux fs/eventpoll.c, `ep_poll` (`timed_out` comes before `signal_pending`); fs/select.c, `do_poll`
//! (the other way round).

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use lab::Lesson;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::sys::time::{TimeSpec, TimeValLike};
use nix::unistd::gettid;

/// How often the handler ran.
static RUNS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: i32) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Asks without waiting, with a signal that is pending and would be let in.
pub fn no_sleep_no_signal(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::empty(), SigSet::empty());
    // SAFETY: an addition to an atomic is safe in a handler.
    unsafe { sigaction(Signal::SIGTERM, &action) }?;
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::from(Signal::SIGTERM)), None)?;
    let (process, thread) = (process::id().cast_signed(), gettid().as_raw());
    // SAFETY: integers only.
    Errno::result(unsafe { libc::tgkill(process, thread, libc::SIGTERM) })?;

    lesson.say("nothing is ready, and a signal is pending");
    let by_epoll = lesson.predict(
        "epoll_pwait with an empty mask and a timeout of zero. What does it return?",
        &[
            ("EINTR", "Had it to sleep, it would look for signals. It has not."),
            ("nothing", "The time is up before it looks for signals, and the mask is put back."),
            ("sleeps", "A timeout of zero never does."),
        ],
        || wait_at_once(&epoll),
    );
    let runs_in_epoll = RUNS.load(Ordering::Relaxed);
    let mut entries = [PollFd::new(server.as_fd(), PollFlags::POLLIN)];
    let by_poll = lesson.predict(
        "And a ppoll with the same mask, also with no time?",
        &[
            ("nothing", "So epoll has it. poll looks for signals first."),
            ("EINTR", "It found nothing ready, looked for a signal, and only then at its time."),
        ],
        || ppoll(&mut entries, Some(TimeSpec::zero()), Some(SigSet::empty())),
    );
    lesson.seen(
        "without a sleep epoll_pwait lets no pending signal in, and ppoll does",
        (by_epoll, runs_in_epoll) == (Ok(0), 0) && (by_poll, RUNS.load(Ordering::Relaxed)) == (Err(Errno::EINTR), 1),
    );
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}

/// Asks without waiting and with no signal blocked; nix has no such call.
fn wait_at_once(set: &Epoll) -> nix::Result<i32> {
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    let none = SigSet::empty();
    // SAFETY: there is room for one event; the mask outlives the call.
    Errno::result(unsafe { libc::epoll_pwait(set.0.as_raw_fd(), &raw mut event, 1, 0, none.as_ref()) })
}
