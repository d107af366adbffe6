//! Asks until there is something. One meets it as the first version of everything non-blocking; it works, and takes a
//! processor of its own.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::{read, write};

pub fn echo(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<usize> {
    let _ = event;
    let mut buffer = [0; 4096];
    let mut echoed = 0;
    loop {
        match read(socket, &mut buffer) {
            Ok(0) => return Ok(echoed),
            Ok(got) => echoed += write(socket, &buffer[..got])?,
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
