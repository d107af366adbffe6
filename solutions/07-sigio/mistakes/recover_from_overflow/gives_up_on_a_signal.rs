//! Lets `?` carry EINTR out of the wait. One meets it where the overflow was tried, and a SIGCHLD with a handler
//! was not: the server ends with "Interrupted system call" when the first child does.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;
use std::{mem, ptr};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

pub fn wait(sockets: &[BorrowedFd<'_>], event: libc::c_int) -> io::Result<Vec<RawFd>> {
    loop {
        let (signal, number) = take(&[event, libc::SIGIO], None)?;
        if signal == libc::SIGIO {
            break;
        }
        if sockets.iter().any(|socket| socket.as_raw_fd() == number) {
            return Ok(vec![number]);
        }
    }
    while take(&[event], Some(Duration::ZERO)).is_ok() {}
    let mut entries: Vec<PollFd<'_>> = sockets.iter().map(|socket| PollFd::new(*socket, PollFlags::POLLIN)).collect();
    poll(&mut entries, PollTimeout::ZERO)?;
    let ready = entries.iter().zip(sockets).filter(|(entry, _)| entry.any().unwrap_or(true));
    Ok(ready.map(|(_, socket)| socket.as_raw_fd()).collect())
}

fn take(signals: &[libc::c_int], time: Option<Duration>) -> nix::Result<(libc::c_int, RawFd)> {
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
