//! Reads until the record is full, and asks nothing else. One meets it as `while filled < length`: it works until a
//! client hangs up, and then takes a processor of its own.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < record.len() {
        match read(from, &mut record[filled..]) {
            Ok(got) => filled += got,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
