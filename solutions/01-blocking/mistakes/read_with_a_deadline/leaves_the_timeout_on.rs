//! Sets SO_RCVTIMEO and never takes it off. The next read of this socket, in some other part of the program,
//! fails with EAGAIN one day, and nobody there ever asked for a timeout.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt::ReceiveTimeout};
use nix::sys::time::TimeVal;

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let deadline = Instant::now() + within;
    let mut filled = 0;
    while filled < message.len() {
        let left = deadline.saturating_duration_since(Instant::now()).as_micros() as i64;
        if left == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        setsockopt(&from, ReceiveTimeout, &TimeVal::new(left / 1_000_000, left % 1_000_000))?;
        match recv(from.as_raw_fd(), &mut message[filled..], MsgFlags::empty()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
