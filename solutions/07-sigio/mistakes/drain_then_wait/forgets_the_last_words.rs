//! Collects until EAGAIN and answers then. One meets it where an answer needs the whole request: what came right before
//! the end is in the buffer when the loop returns.

use std::io;
use std::os::fd::BorrowedFd;
use std::{mem, ptr};

use nix::errno::Errno;
use nix::unistd::{read, write};

pub fn echo(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let mut echoed = 0;
    loop {
        let mut said = Vec::new();
        loop {
            match read(socket, &mut buffer) {
                Ok(0) => return Ok(echoed),
                Ok(got) => said.extend_from_slice(&buffer[..got]),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        echoed += write(socket, &said)?;
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
