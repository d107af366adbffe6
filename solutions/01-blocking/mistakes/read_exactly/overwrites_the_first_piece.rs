//! Loops, and reads into the beginning each time. One meets it where the loop was added to a single read later: the
//! count is right, and the record is not.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < record.len() {
        match read(from, record) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
