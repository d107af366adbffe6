//! # Arm a descriptor
//!
//! Four calls make a socket tell of its own events. In which order, with which flags, and what about the bytes that
//! came a moment before? Get it wrong, and the program works at your desk. On the server the first event kills the
//! process, or goes to nobody, or was there all the time while everybody sleeps.
//!
//! Write the function that does it once and for all.
//!
//! The rule: F_SETSIG says as which signal events come, F_SETOWN to whom, and O_ASYNC that they come at all
//! (fcntl(2), "Managing signals"). An event from before O_ASYNC sends nothing. A real-time signal that is neither
//! blocked nor handled ends the process; so does SIGIO, which comes when the queue is full (signal(7)).
//! Also true: F_SETFL replaces all status flags that it can change, those too that somebody else has set.
//!
//! Book: chapter 07, "Arm, then look"
//! Check: cargo xtask check arm_a_descriptor
//! Kind: core
//! Order: 1

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// fcntl(2), which libc does not name.
const F_SETSIG: libc::c_int = 10;

/// Makes every event on `socket` the real-time signal `event` to this process, and leaves it and SIGIO blocked, to be
/// taken with sigwaitinfo. Says whether there is something to read already, of which no signal may tell.
///
/// # Errors
/// Whatever the calls report.
pub fn arm(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<bool> {
    todo!("block, then arm, then look; `block` and `set` below are yours to use")
}

/// Blocks signals in this thread, real-time ones too, which nix does not know.
fn block(signals: &[libc::c_int]) -> io::Result<()> {
    // SAFETY: sigemptyset initialises the set, which outlives the calls.
    let answer = unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut())
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(answer)) }
}

/// An fcntl command that takes an integer.
fn set(socket: BorrowedFd<'_>, command: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: integers only.
    Errno::result(unsafe { libc::fcntl(socket.as_raw_fd(), command, value) })?;
    Ok(())
}
