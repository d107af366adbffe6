//! Hands EINTR to its caller, with half a record gone: the bytes that were read are lost, and the next
//! record begins in the middle of this one. Any timer, resized window or child that ends can do it.

use std::io;
use std::os::fd::BorrowedFd;

use nix::unistd::read;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < record.len() {
        match read(from, &mut record[filled..])? {
            0 if filled == 0 => return Ok(false),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            got => filled += got,
        }
    }
    Ok(true)
}
