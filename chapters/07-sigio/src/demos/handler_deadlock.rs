//! A handler that takes a lock waits for ever, if the code that it interrupted holds it.
//!
//! The thread that would unlock stands still until the handler returns, and the handler does not return until
//! somebody unlocks. They are the same thread. Loggers, allocators and all that has a Mutex inside have this trap,
//! and only a watchdog in another process ever sees it. The mend: a handler sets a flag. Better: no
//! handler, block the signal, and take it with sigwaitinfo where you like.
//!
//! Rests on: signal-safety(7); pthread_mutex_lock(3p); std's `Mutex` ("the exact behavior on locking a mutex in the
//! thread which already holds the lock is left unspecified"): on Linux a futex, and it sleeps.

use std::io;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use lab::{Lesson, asleep};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal as Standard, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, getpid, write};

use crate::signals::{Handler, Signal, handle, set_owner};

/// The program's log.
static LOG: Mutex<Option<UnixStream>> = Mutex::new(None);
static DATA: AtomicBool = AtomicBool::new(false);

/// Writes a line to the log; one at a time.
fn log(line: &str) -> io::Result<()> {
    let log = LOG.lock().map_err(|_| io::Error::other("a writer panicked"))?;
    log.as_ref().map_or(Ok(0), |log| write(log, line.as_bytes()))?;
    Ok(())
}

extern "C" fn log_it(_signal: Signal, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // Nobody is there to be told of an error.
    let _unheard = log("data");
}

extern "C" fn remember(_signal: Signal, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    DATA.store(true, Ordering::Relaxed);
}

/// A program whose handler logs, under a watchdog; then one whose handler sets a flag.
pub fn handler_deadlock(lesson: &Lesson) -> io::Result<()> {
    lesson.say("the program logs, and its handler logs too; a watchdog gives it 100 ms");
    let choices = [
        ("it ends", "It would, had the signal come at any other moment."),
        ("it hangs", ""),
        ("it panics", "So does println (see handler_prints). A Mutex does not look who it is that waits."),
    ];
    let mut hangs = false;
    let mut result = Ok(());
    lesson.ask("The signal comes while the program holds the lock. What does the watchdog see?", &choices, || {
        result = under_a_watchdog(lesson, log_it, 100).map(|hung| hangs = hung);
        if hangs { "it hangs" } else { "it ends" }
    });
    result?;
    lesson.say("a handler that sets a flag, for the program to look at");
    let mended = under_a_watchdog(lesson, remember, 10_000)?;
    lesson.seen(
        "the handler sleeps in a futex, for a lock that the code under it holds; one that sets a flag does not",
        hangs && !mended,
    );
    Ok(())
}

/// Whether the program was still there after so many milliseconds, asleep in a futex.
fn under_a_watchdog(lesson: &Lesson, handler: Handler, patience: u16) -> io::Result<bool> {
    // SAFETY: there is one thread, so the child may do anything.
    let child = match unsafe { fork() }? {
        ForkResult::Child => {
            let logged = log_a_line(lesson, handler);
            // SAFETY: ends the child, with nothing left to flush.
            unsafe { libc::_exit(logged.is_err().into()) }
        }
        ForkResult::Parent { child } => child,
    };
    let program = lesson.quietly(|| pidfd_of(child))?;
    lesson.name(&program, "the program");
    let ended = poll(&mut [PollFd::new(program.as_fd(), PollFlags::POLLIN)], PollTimeout::from(patience))? == 1;
    let sleep = lesson.quietly(|| asleep(child.as_raw(), child.as_raw()));
    if !ended {
        kill(child, Standard::SIGKILL)?;
    }
    lesson.quietly(|| drop(program));
    lesson.quietly(|| waitpid(child, None))?;
    Ok(!ended && sleep.is_some_and(|sleep| sleep.number == libc::SYS_futex))
}

/// Logs to a socket whose other end is armed: so the signal comes just when the lock is held.
fn log_a_line(lesson: &Lesson, handler: Handler) -> io::Result<()> {
    let (writer, reader) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&writer, "log");
    lesson.name(&reader, "reader");
    if let Ok(mut log) = LOG.lock() {
        *log = Some(writer);
    }
    // SAFETY: one of them is what must not be done, and this child ends by it.
    unsafe { handle(libc::SIGIO, handler, 0) }?;
    set_owner(&reader, getpid())?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_ASYNC))?;
    log("working")?;
    if DATA.load(Ordering::Relaxed) {
        lesson.say("the flag is set");
        lesson.quietly(|| fcntl(&reader, FcntlArg::F_SETFL(OFlag::empty())))?;
        log("data")?;
    }
    lesson.quietly(|| drop(reader));
    Ok(())
}

fn pidfd_of(child: Pid) -> io::Result<OwnedFd> {
    // SAFETY: takes integers, and returns a new descriptor, which is ours.
    let pidfd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) })?;
    // SAFETY: as above; descriptors are ints.
    Ok(unsafe { OwnedFd::from_raw_fd(pidfd as i32) })
}
