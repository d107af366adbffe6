//! Another right answer: WAITALL lets the kernel do most of the loop. Not all of it: a signal ends the wait
//! half way.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut rest = &mut record[..];
    let whole = rest.len();
    loop {
        if rest.is_empty() {
            return Ok(true);
        }
        let got = match recv(from.as_raw_fd(), rest, MsgFlags::MSG_WAITALL) {
            Err(Errno::EINTR) => continue,
            got => got?,
        };
        match (got, rest.len() == whole) {
            (0, true) => return Ok(false),
            (0, false) => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => rest = &mut rest[got..],
        }
    }
}
