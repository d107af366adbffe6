//! Another right answer: to this thread alone (F_SETOWN_EX), and with a peek for a look. The end of the stream
//! counts as something to read, as it does for poll.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::gettid;

const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;
const F_OWNER_TID: libc::c_int = 0;

pub fn arm(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<bool> {
    block(&[libc::SIGIO, event])?;
    let flags = fcntl(socket, FcntlArg::F_GETFL)? | libc::O_ASYNC;
    // As a thread's own: here there is one thread, so that is the process.
    let owner: [libc::c_int; 2] = [F_OWNER_TID, gettid().as_raw()];
    // SAFETY: the command reads a struct f_owner_ex, which is two ints.
    Errno::result(unsafe { libc::fcntl(socket.as_raw_fd(), F_SETOWN_EX, &raw const owner) })?;
    set(socket, F_SETSIG, event)?;
    set(socket, libc::F_SETFL, flags)?;
    match recv(socket.as_raw_fd(), &mut [0], MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN) => Ok(false),
        Err(error) => Err(error.into()),
    }
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
