//! Sets O_ASYNC, and by that takes O_NONBLOCK away. One meets it as `fcntl(fd, F_SETFL, O_ASYNC)`. The F_GETFL that
//! belongs before it is missing.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::getpid;

const F_SETSIG: libc::c_int = 10;

pub fn arm(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<bool> {
    block(&[event, libc::SIGIO])?;
    set(socket, F_SETSIG, event)?;
    set(socket, libc::F_SETOWN, getpid().as_raw())?;
    fcntl(socket, FcntlArg::F_SETFL(OFlag::O_ASYNC))?;
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
