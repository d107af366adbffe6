//! Waits for the next signal when a read returns 0, as if that were "nothing yet". One meets it where 0 and EAGAIN are
//! one case, `got <= 0` in C; the last signal was the one that told of the end.

use std::io;
use std::os::fd::BorrowedFd;
use std::{mem, ptr};

use nix::errno::Errno;
use nix::unistd::{read, write};

pub fn echo(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let mut echoed = 0;
    loop {
        match read(socket, &mut buffer) {
            Ok(0) | Err(Errno::EAGAIN) => match next(event) {
                Ok(()) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            },
            Ok(got) => echoed += write(socket, &buffer[..got])?,
            Err(Errno::EINTR) => {}
            Err(Errno::ECONNRESET) => return Ok(echoed),
            Err(error) => return Err(error.into()),
        }
    }
}

fn next(event: libc::c_int) -> nix::Result<()> {
    // SAFETY: sigemptyset initialises the set, which outlives the calls; nobody wants the siginfo.
    let taken = unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, event);
        libc::sigwaitinfo(&raw const set, ptr::null_mut())
    };
    Errno::result(taken).map(drop)
}
