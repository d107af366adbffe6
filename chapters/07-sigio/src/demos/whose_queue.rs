//! The queue's limit is not the process's: all processes of a user fill it, and timers take places too.
//!
//! RLIMIT_SIGPENDING is a number of the process, but what is counted against it is the user's: every signal
//! that is queued for any process of that real user, and one place for every POSIX timer, from its
//! creation on. So a server's events may be lost because of a neighbour that it has never heard of, while nothing at
//! all is queued for the server itself.
//!
//! Rests on: getrlimit(2), "RLIMIT_SIGPENDING" ("for the real user ID of the calling process"); timer_create(2),
//! "Notes"; Linux kernel/signal.c, `__sigqueue_alloc` (`sig_get_ucounts` in newer kernels; since 5.14 each user namespace
//! counts by itself, and in its parents); kernel/time/posix-timers.c, `alloc_posix_timer`. fcntl(2), `F_SETSIG`, says
//! "queued to a process".
//! Needs: a user namespace of its own (see `overflow`).

use std::io;
use std::mem;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::time::Duration;

use lab::{Kernel, Lesson};
use nix::Error;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getpid, pipe, read, write};

use crate::signals::{Signals, own_count, set_owner, set_signal};

/// How many signals may be queued.
const ROOM: u64 = 4;

/// A neighbour takes all places, and leaves.
pub fn whose_queue(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, ROOM, ROOM)?;
    lesson.say(format!("no more than {ROOM} signals may be queued"));
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let (told, tells) = lesson.quietly(pipe)?;
    lesson.name(&told, "from the neighbour");
    lesson.name(&tells, "to the server");
    let signals = Signals::of(&[libc::SIGRTMIN(), libc::SIGIO]);
    signals.block()?;

    // SAFETY: there is one thread, so the child may do anything.
    let neighbour = match unsafe { fork() }? {
        ForkResult::Child => {
            let done = take_all_places(lesson).and_then(|()| Ok(write(&tells, b"done")?));
            if done.is_ok() {
                // Until it is killed: with the mask that it has, nothing else ends this.
                let _interrupted = lesson.quietly(SigSet::thread_get_mask).and_then(|mask| mask.suspend());
            }
            // SAFETY: ends the child, with nothing left to flush.
            unsafe { libc::_exit(1) }
        }
        ForkResult::Parent { child } => child,
    };
    lesson.quietly(|| {
        set_signal(&server, libc::SIGRTMIN())?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))
    })?;
    read(&told, &mut [0; 16])?;

    lesson.say("nothing is queued for the server; its first event comes");
    write(&client, b"hello")?;
    let choices = [
        (
            "SIGRTMIN: POLL_IN, band IN|RDNORM, fd server",
            "It would, if each process had a queue of its own. The limit is of the process, the count is of the user.",
        ),
        ("SIGIO", ""),
        ("EAGAIN", "An event without a place is lost, but not without an alarm."),
    ];
    let crowded = lesson.predict("What does it take?", &choices, || signals.wait_at_most(Duration::ZERO))?;
    let nothing_else = signals.wait_at_most(Duration::ZERO);

    lesson.say("the neighbour goes, and its places with it");
    kill(neighbour, Signal::SIGKILL)?;
    lesson.quietly(|| waitpid(neighbour, None))?;
    write(&client, b"hello")?;
    let alone = signals.wait_at_most(Duration::ZERO)?;
    lesson.observe(
        "C047",
        "the limit on queued signals holds for all processes of a user together, and timers count",
        (crowded.signal, nothing_else, alone.signal) == (libc::SIGIO, Err(Error::EAGAIN), libc::SIGRTMIN()),
    );
    lesson.quietly(|| drop((client, server, told, tells)));
    Ok(())
}

/// Two signals that wait, and two timers that will never ring.
fn take_all_places(lesson: &Lesson) -> io::Result<()> {
    let value = libc::sigval { sival_ptr: ptr::null_mut() };
    for _ in 0..2 {
        // SAFETY: the value is a number to the kernel.
        Errno::result(unsafe { libc::sigqueue(getpid().as_raw(), libc::SIGRTMIN(), value) })?;
    }
    for _ in 0..2 {
        // SAFETY: all zeroes is a valid sigevent, and both structures outlive the call.
        let made = unsafe {
            let mut event: libc::sigevent = mem::zeroed();
            (event.sigev_notify, event.sigev_signo) = (libc::SIGEV_SIGNAL, libc::SIGRTMIN());
            let mut timer: libc::timer_t = mem::zeroed();
            libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer)
        };
        Errno::result(made)?;
    }
    lesson.say("the neighbour has made two timers besides, and set neither");
    Ok(())
}
