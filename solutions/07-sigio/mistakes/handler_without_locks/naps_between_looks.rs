//! Naps between two looks at the count. One meets it as the cure for a lost wake-up: none is lost, and each comes late,
//! unless the nap is so short that it burns a processor.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use libc::c_int;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{getpid, read, write};

static ARRIVALS: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_signal: c_int) {
    ARRIVALS.fetch_add(1, SeqCst);
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
        if ended {
            return Ok(passed);
        }
        while arrivals() == 0 {
            thread::sleep(Duration::from_secs(1));
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
