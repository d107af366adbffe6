//! Blocks SIGTERM with the others, and waits for the others alone. One meets it as the service that only SIGKILL ends:
//! what is blocked and never taken stays pending.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::{mem, ptr};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, SockaddrIn, recvfrom, sendto};

const F_SETSIG: libc::c_int = 10;

pub fn serve(socket: BorrowedFd<'_>) -> io::Result<usize> {
    let event = libc::SIGRTMIN();
    let signals = set_of(&[event, libc::SIGIO]);
    block(&set_of(&[event, libc::SIGIO, libc::SIGTERM]))?;
    set(socket, F_SETSIG, event)?;
    set(socket, libc::F_SETOWN, std::process::id().cast_signed())?;
    set(socket, libc::F_SETFL, libc::O_ASYNC | libc::O_NONBLOCK)?;
    let mut answered = 0;
    loop {
        // An event or the alarm of a full queue: with one socket it is the same.
        answered += answer_all(socket)?;
        if take(&signals)? == libc::SIGTERM {
            return Ok(answered);
        }
    }
}

fn answer_all(socket: BorrowedFd<'_>) -> io::Result<usize> {
    let mut buffer = [0; 65_536];
    let mut answered = 0;
    loop {
        match recvfrom::<SockaddrIn>(socket.as_raw_fd(), &mut buffer) {
            Ok((got, Some(from))) => {
                sendto(socket.as_raw_fd(), &buffer[..got], &from, MsgFlags::empty())?;
                answered += 1;
            }
            Ok((_, None)) | Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => return Ok(answered),
            Err(error) => return Err(error.into()),
        }
    }
}

fn set(socket: BorrowedFd<'_>, command: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: integers only.
    Errno::result(unsafe { libc::fcntl(socket.as_raw_fd(), command, value) })?;
    Ok(())
}

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

fn block(signals: &libc::sigset_t) -> io::Result<()> {
    // SAFETY: the set outlives the call.
    match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, signals, ptr::null_mut()) } {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

fn take(signals: &libc::sigset_t) -> io::Result<libc::c_int> {
    loop {
        // SAFETY: the set outlives the call; nobody wants the siginfo.
        match Errno::result(unsafe { libc::sigwaitinfo(signals, ptr::null_mut()) }) {
            Err(Errno::EINTR) => {}
            taken => return Ok(taken?),
        }
    }
}
