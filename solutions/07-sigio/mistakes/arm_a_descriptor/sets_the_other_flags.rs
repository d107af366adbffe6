//! Sets O_ASYNC with F_SETFD. One meets it because the two commands differ in a letter: F_SETFD sets the descriptor's
//! flags, of which there is one, FD_CLOEXEC (fcntl(2), "File descriptor flags"), and reports no error.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::getpid;

const F_SETSIG: libc::c_int = 10;

pub fn arm(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<bool> {
    block(&[event, libc::SIGIO])?;
    set(socket, F_SETSIG, event)?;
    set(socket, libc::F_SETOWN, getpid().as_raw())?;
    let flags = fcntl(socket, FcntlArg::F_GETFL)?;
    set(socket, libc::F_SETFD, flags | libc::O_ASYNC)?;
    let mut entry = [PollFd::new(socket, PollFlags::POLLIN)];
    Ok(poll(&mut entry, PollTimeout::ZERO)? > 0)
}

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

fn set(socket: BorrowedFd<'_>, command: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: integers only.
    Errno::result(unsafe { libc::fcntl(socket.as_raw_fd(), command, value) })?;
    Ok(())
}
