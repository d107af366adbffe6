//! Saves the read that says EAGAIN: one that is shorter than its buffer has taken all there is. One meets it as epoll(7),
//! Q9, says it of its edges. All *bytes*, that is: the end of the stream may lie behind them.

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
            Ok(0) => return Ok(echoed),
            Ok(got) => {
                echoed += write(socket, &buffer[..got])?;
                if got == buffer.len() {
                    continue;
                }
            }
            Err(Errno::EAGAIN) => {}
            Err(Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match next(event) {
            Ok(()) | Err(Errno::EINTR) => {}
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
