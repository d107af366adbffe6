//! # A handler without locks
//!
//! A relay passes on what its source says, to a sink that is slow. SIGIO comes whenever the source says something, and
//! a handler counts, so that nothing is forgotten that comes in the middle of a write. A mutex keeps the count. The
//! relay ran for months. On the first busy day it stood still, and used no processor time.
//!
//! Mend it. Four places are wrong, all for one reason.
//!
//! The rule: a handler interrupts its own thread, anywhere, also where that thread holds a lock; and it may call only
//! what signal-safety(7) lists. No lock is on the list, nothing that allocates, and nothing that prints.
//! Also true: a lock-free atomic is safe to use (signal-safety(7), attributes(7)); what a handler cannot note it must
//! not forget.
//!
//! Book: chapter 07, "In a handler"
//! Check: cargo xtask check handler_without_locks
//! Kind: mend

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
// exercise: begin
// stub: use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
// exercise: end

use libc::c_int;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{getpid, read, write};

/// How many SIGIOs have come since the source was read last.
// exercise: begin
// stub: static ARRIVALS: Mutex<u32> = Mutex::new(0);
static ARRIVALS: AtomicU32 = AtomicU32::new(0);
// exercise: end

extern "C" fn count(_signal: c_int) {
    // exercise: begin
    // stub: *ARRIVALS.lock().unwrap() += 1;
    ARRIVALS.fetch_add(1, SeqCst);
    // exercise: end
}

/// Passes on what `source` says to `sink`, up to the end of the stream; says how many bytes that were.
///
/// # Errors
/// Whatever the calls report, but for EINTR.
pub fn relay(source: BorrowedFd<'_>, sink: BorrowedFd<'_>) -> io::Result<usize> {
    let mut sigio = SigSet::empty();
    sigio.add(Signal::SIGIO);
    sigio.thread_block()?;
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler calls nothing that signal-safety(7) does not list. Or does it?
    unsafe { sigaction(Signal::SIGIO, &action) }?;
    // SAFETY: the command takes an integer.
    Errno::result(unsafe { libc::fcntl(source.as_raw_fd(), libc::F_SETOWN, getpid().as_raw()) })?;
    fcntl(source, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    let mut passed = 0;
    loop {
        let ended = {
            // exercise: begin
            // stub: let mut arrivals = ARRIVALS.lock().unwrap();
            // stub: *arrivals = 0;
            ARRIVALS.store(0, SeqCst);
            // exercise: end
            sigio.thread_unblock()?;
            let (said, ended) = all_there_is(source)?;
            write_all(sink, &said)?;
            passed += said.len();
            ended
        };
        sigio.thread_block()?;
        if ended {
            return Ok(passed);
        }
        // Blocked outside, and let in by sigsuspend alone: so none comes between the look and the sleep.
        while arrivals() == 0 {
            SigSet::empty().suspend()?;
        }
    }
}

fn arrivals() -> u32 {
    // exercise: begin
    // stub: *ARRIVALS.lock().unwrap()
    ARRIVALS.load(SeqCst)
    // exercise: end
}

/// All that can be read without a sleep, and whether the stream ends there.
fn all_there_is(source: BorrowedFd<'_>) -> io::Result<(Vec<u8>, bool)> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match read(source, &mut buffer) {
            Ok(0) => return Ok((all, true)),
            Ok(got) => all.extend_from_slice(&buffer[..got]),
            Err(Errno::EAGAIN) => return Ok((all, false)),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn write_all(sink: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match write(sink, rest) {
            Ok(taken) => rest = &rest[taken..],
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
