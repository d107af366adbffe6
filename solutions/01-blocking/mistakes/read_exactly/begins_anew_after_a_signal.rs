//! Starts over after EINTR, as if the whole call had been undone. One meets it where a retry was put around the
//! function, or at its top: what had been read before is not in the socket any more.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < record.len() {
        match read(from, &mut record[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EINTR) => filled = 0,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
