//! Asks with MSG_DONTWAIT, and naps where nothing is there. One meets it as "so that it does not hang": every record is
//! late, and an idle connection costs time.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < record.len() {
        match recv(from.as_raw_fd(), &mut record[filled..], MsgFlags::MSG_DONTWAIT) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => thread::sleep(Duration::from_millis(100)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
