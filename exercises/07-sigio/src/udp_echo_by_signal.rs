//! # UDP echo by signal
//!
//! This is what signal-driven I/O was good for: a server for short questions and short answers, which has something
//! else to do in between, and is told when a question comes (UNPv3 chapter 25). Here it has nothing else to do, and
//! waits.
//!
//! Write the whole of it: arm, look, answer, wait, and end in good order.
//!
//! The rule: every datagram sends a signal, if the socket was armed before it came; if the queue of signals is full, it
//! is SIGIO that comes (fcntl(2), `F_SETSIG`). A signal that is neither blocked nor handled ends the process.
//! Also true: a datagram may be empty, and is no end for that; of one that is longer than your buffer the rest is lost
//! (udp(7)), and over IPv4 65,507 bytes is the most; each goes back to who sent it; SIGTERM is taken where the others
//! are.
//!
//! Book: chapter 07, "What it was for"
//! Check: cargo xtask check udp_echo_by_signal
//! Kind: stretch
//! Order: 4

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::{mem, ptr};

use nix::errno::Errno;

/// fcntl(2), which libc does not name.
const F_SETSIG: libc::c_int = 10;

/// Sends each datagram back to where it came from, until SIGTERM; says how many there were. Sleeps in nothing but a
/// wait for signals.
///
/// # Errors
/// Whatever the calls report, but for EAGAIN and EINTR.
pub fn serve(socket: BorrowedFd<'_>) -> io::Result<usize> {
    todo!("block, arm, answer all there is, wait; until SIGTERM")
}

/// An fcntl command that takes an integer.
fn set(socket: BorrowedFd<'_>, command: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: integers only.
    Errno::result(unsafe { libc::fcntl(socket.as_raw_fd(), command, value) })?;
    Ok(())
}

/// A set of signals, real-time ones too.
fn set_of(signals: &[libc::c_int]) -> libc::sigset_t {
    // SAFETY: sigemptyset initialises the set.
    unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        set
    }
}

/// Blocks them in this thread.
fn block(signals: &libc::sigset_t) -> io::Result<()> {
    // SAFETY: the set outlives the call.
    match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, signals, ptr::null_mut()) } {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

/// Sleeps until one of them is pending, and takes it: the lowest first.
fn take(signals: &libc::sigset_t) -> io::Result<libc::c_int> {
    loop {
        // SAFETY: the set outlives the call; nobody wants the siginfo.
        match Errno::result(unsafe { libc::sigwaitinfo(signals, ptr::null_mut()) }) {
            Err(Errno::EINTR) => {}
            taken => return Ok(taken?),
        }
    }
}
