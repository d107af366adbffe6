//! Makes the socket non-blocking, and waits with poll, as it should; and leaves it so. One meets it where a function
//! was taken from an event loop: O_NONBLOCK belongs to the description, so whoever else holds the socket has it too.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let flags = OFlag::from_bits_retain(fcntl(from, FcntlArg::F_GETFL)?);
    fcntl(from, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    let mut filled = 0;
    while filled < record.len() {
        match read(from, &mut record[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => match poll(&mut [PollFd::new(from, PollFlags::POLLIN)], PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
