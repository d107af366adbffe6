//! Asks poll whether the reader is there, and writes if so. One meets it as "check that the connection is alive first":
//! the answer is as old as the time between the two calls.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut entry = [PollFd::new(to, PollFlags::POLLOUT)];
        match poll(&mut entry, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            asked => asked?,
        };
        if entry[0].revents().is_some_and(|found| found.contains(PollFlags::POLLHUP)) {
            return Ok(Sent::ReaderGone);
        }
        match write(to, rest) {
            Ok(sent) => rest = &rest[sent..],
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Sent::All)
}
