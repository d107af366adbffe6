//! Sleeps in poll, which is always right, and leaves the signals in the queue until it is full. One meets it where a
//! signal-driven program was mended by somebody who knew poll.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{read, write};

pub fn echo(socket: BorrowedFd<'_>, _event: libc::c_int) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let mut echoed = 0;
    loop {
        match read(socket, &mut buffer) {
            Ok(0) => return Ok(echoed),
            Ok(got) => echoed += write(socket, &buffer[..got])?,
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let mut entry = [PollFd::new(socket, PollFlags::POLLIN)];
                match poll(&mut entry, PollTimeout::NONE) {
                    Ok(_) | Err(Errno::EINTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}
