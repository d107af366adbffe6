//! A handler that prints panics, if the signal comes while the program prints.
//!
//! `println!` locks stdout. A handler runs in the middle of whatever its thread was doing, and if that was a
//! `println!`, the lock is held and what it guards is half changed. std's lock lets the same thread in, sees that
//! somebody is inside, and panics; and a panic that nobody catches in a handler aborts the process, as it cannot
//! leave an `extern "C"` function. In all the runs where the signal comes at another moment nothing is wrong. The list
//! of what a handler may call is short: almost nothing that allocates, locks or buffers is in it, but write(2) is.
//!
//! Rests on: signal-safety(7); std's `ReentrantLock<RefCell<LineWriter>>` behind `Stdout`; the Rust Reference,
//! "Panic", on unwinding out of `extern "C"`.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use lab::Lesson;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, dup2_stderr, dup2_stdout, fork, getpid, write};

use crate::signals::{Handler, Signal, handle, set_owner};

static PANICKED: AtomicBool = AtomicBool::new(false);

extern "C" fn print(_signal: Signal, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // Not caught, the panic would abort the process.
    let printed = panic::catch_unwind(|| println!("data"));
    PANICKED.store(printed.is_err(), Ordering::Relaxed);
}

/// What a handler may do: one write(2), whose errno the interrupted code must not see.
extern "C" fn write_only(_signal: Signal, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    let errno = Errno::last_raw();
    // A full log loses a line.
    let _full = write(io::stderr(), b"data\n");
    Errno::set_raw(errno);
}

/// The same program with two handlers.
pub fn handler_prints(lesson: &Lesson) -> io::Result<()> {
    lesson.say("a program that prints, and whose handler prints too");
    let choices = [
        ("prints", "So it does on most days. Here the signal came inside the program's own println."),
        ("panics", ""),
        (
            "waits for ever",
            "A Mutex would (handler_deadlock). The lock of stdout lets its own thread in, and then looks.",
        ),
    ];
    let mut panics = false;
    let mut result = Ok(());
    lesson.ask("The signal comes while the program prints. What does the handler's println do?", &choices, || {
        result = printing_child(lesson, print).map(|panicked| panics = panicked);
        if panics { "panics" } else { "prints" }
    });
    result?;
    lesson.say("a handler that calls write(2), and nothing else");
    let mended = printing_child(lesson, write_only)?;
    lesson.seen("println in a handler panics when it interrupts a println; write does not mind", panics && !mended);
    Ok(())
}

/// Whether the handler of a child that prints has panicked.
fn printing_child(lesson: &Lesson, handler: Handler) -> io::Result<bool> {
    // SAFETY: there is one thread, so the child may do anything.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let printed = print_a_line(lesson, handler);
            // SAFETY: ends the child, with nothing left to flush.
            unsafe { libc::_exit(printed.map_or(2, |()| PANICKED.load(Ordering::Relaxed).into())) }
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, code @ (0 | 1)) => Ok(code == 1),
            other => Err(io::Error::other(format!("the child ended otherwise: {other:?}"))),
        },
    }
}

/// Prints to a socket whose other end is armed: so the signal comes just when stdout is being written.
fn print_a_line(lesson: &Lesson, handler: Handler) -> io::Result<()> {
    let (log, reader) = lesson.quietly(UnixStream::pair)?;
    let (errors, kept) = lesson.quietly(UnixStream::pair)?;
    lesson.quietly(|| {
        // No word of the panic on the reader's terminal.
        panic::set_hook(Box::new(|_| {}));
        dup2_stdout(log.as_fd()).and_then(|()| dup2_stderr(errors.as_fd()))
    })?;
    lesson.name(&io::stdout(), "stdout");
    lesson.name(&io::stderr(), "stderr");
    lesson.name(&reader, "reader");
    // SAFETY: one of them is what must not be done; it is done where nobody else suffers.
    unsafe { handle(libc::SIGIO, handler, 0) }?;
    set_owner(&reader, getpid())?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_ASYNC))?;
    println!("working");
    if PANICKED.load(Ordering::Relaxed) {
        lesson.say("the println of the handler has panicked, in the middle of the other");
    }
    lesson.quietly(|| fcntl(&reader, FcntlArg::F_SETFL(OFlag::empty())))?;
    lesson.quietly(|| drop((log, reader, errors, kept)));
    Ok(())
}
