//! # Recover from an overflow
//!
//! A server waits for signals and looks where they point. On a busy day more comes than the queue of signals holds, and
//! from then on some clients are never served: their signals were thrown away, and nothing says whose they were. The
//! kernel does say *that* it has happened.
//!
//! Write the wait that loses nobody.
//!
//! The rule: a signal that finds no room in the queue is lost, and the kernel sends SIGIO in its place (fcntl(2),
//! `F_SETSIG`). Of several pending signals the one with the lowest number is taken first (signal(7)): so SIGIO comes
//! before all that is queued.
//! Also true: what is queued may be old, and name a descriptor that is none of yours by now.
//!
//! Book: chapter 07, "When the queue is full"
//! Check: cargo xtask check recover_from_overflow
//! Kind: core
//! Order: 3

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;
use std::{mem, ptr};

use nix::errno::Errno;
// exercise: begin
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
// exercise: end

/// Sleeps until something has happened on these sockets, and says on which of them to look.
///
/// They are non-blocking, and their events are the real-time signal `event`; it and SIGIO are blocked. Your caller
/// reads until EAGAIN where you tell it to, and nowhere else. To name a socket in vain is no harm, to leave one out
/// for good is. Where no signal was lost, only the signal says where to look: nobody else is to be asked.
///
/// # Errors
/// Whatever the calls report, but for EINTR.
pub fn wait(sockets: &[BorrowedFd<'_>], event: libc::c_int) -> io::Result<Vec<RawFd>> {
    // exercise: begin todo!("take a signal; where it is SIGIO, empty the queue, and then ask all")
    loop {
        match take(&[event, libc::SIGIO], None) {
            Ok((libc::SIGIO, _)) => break,
            Ok((_, number)) if sockets.iter().any(|socket| socket.as_raw_fd() == number) => return Ok(vec![number]),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    while take(&[event], Some(Duration::ZERO)).is_ok() {}
    let mut entries: Vec<PollFd<'_>> = sockets.iter().map(|socket| PollFd::new(*socket, PollFlags::POLLIN)).collect();
    poll(&mut entries, PollTimeout::ZERO)?;
    let ready = entries.iter().zip(sockets).filter(|(entry, _)| entry.any().unwrap_or(true));
    Ok(ready.map(|(_, socket)| socket.as_raw_fd()).collect())
    // exercise: end
}

/// Takes one of these signals: its number, and the descriptor that it names (`si_fd`; SIGIO names none). Sleeps for at
/// most `time`, and for ever without one (sigtimedwait(2)); EAGAIN where none has come.
fn take(signals: &[libc::c_int], time: Option<Duration>) -> nix::Result<(libc::c_int, RawFd)> {
    /// The kernel's layout (asm-generic/siginfo.h, `_sigpoll`); libc does not name it.
    #[repr(C)]
    struct Poll {
        head: [libc::c_int; 3],
        band: libc::c_long,
        fd: libc::c_int,
    }
    let time =
        time.map(|time| libc::timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() });
    let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: sigemptyset initialises the set; all zeroes is a valid siginfo_t, which the kernel fills; all outlive the
    // calls. `Poll` is no longer than it, and any bits are a number.
    unsafe {
        let (mut set, mut info): (libc::sigset_t, libc::siginfo_t) = (mem::zeroed(), mem::zeroed());
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        let taken = Errno::result(libc::sigtimedwait(&raw const set, &raw mut info, time))?;
        Ok((taken, (*(&raw const info).cast::<Poll>()).fd))
    }
}
