//! Takes an atomic for the count, and notes the time in a box behind an atomic pointer. One meets it where a handler was
//! made "lock-free": no lock is to be seen, and the one that the heap has is inside of malloc and free.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::SeqCst};
use std::time::Instant;

use libc::c_int;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{getpid, read, write};

static ARRIVALS: AtomicU32 = AtomicU32::new(0);
static LATEST: AtomicPtr<Instant> = AtomicPtr::new(ptr::null_mut());

extern "C" fn count(_signal: c_int) {
    ARRIVALS.fetch_add(1, SeqCst);
    let before = LATEST.swap(Box::into_raw(Box::new(Instant::now())), SeqCst);
    if !before.is_null() {
        // SAFETY: it came from a box, and whoever swaps it out is its only owner.
        drop(unsafe { Box::from_raw(before) });
    }
}

pub fn relay(source: BorrowedFd<'_>, sink: BorrowedFd<'_>) -> io::Result<usize> {
    let mut sigio = SigSet::empty();
    sigio.add(Signal::SIGIO);
    sigio.thread_block()?;
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: see above.
    unsafe { sigaction(Signal::SIGIO, &action) }?;
    // SAFETY: the command takes an integer.
    Errno::result(unsafe { libc::fcntl(source.as_raw_fd(), libc::F_SETOWN, getpid().as_raw()) })?;
    fcntl(source, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    let mut passed = 0;
    loop {
        let ended = {
            ARRIVALS.store(0, SeqCst);
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
    ARRIVALS.load(SeqCst)
}

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
