//! Hands EAGAIN to its caller. One meets it wherever a descriptor was made non-blocking and the code that reads it was
//! not: "Resource temporarily unavailable", in the log of a service that has just died.

use std::io;
use std::os::fd::BorrowedFd;
use std::{mem, ptr};

use nix::errno::Errno;
use nix::unistd::{read, write};

pub fn echo(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let mut echoed = 0;
    loop {
        let got = read(socket, &mut buffer)?;
        if got == 0 {
            return Ok(echoed);
        }
        echoed += write(socket, &buffer[..got])?;
        if got < buffer.len() {
            next(event)?;
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
