//! Reports the overflow. One meets it where ENOBUFS is what an overflow is called: the caller logs it, and waits again.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;
use std::{mem, ptr};

use nix::errno::Errno;

pub fn wait(sockets: &[BorrowedFd<'_>], event: libc::c_int) -> io::Result<Vec<RawFd>> {
    loop {
        match take(&[event, libc::SIGIO], None) {
            Ok((libc::SIGIO, _)) => return Err(io::Error::from(Errno::ENOBUFS)),
            Ok((_, number)) if sockets.iter().any(|socket| socket.as_raw_fd() == number) => return Ok(vec![number]),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
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
