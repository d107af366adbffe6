//! Another right answer: SO_RCVTIMEO, set anew before each read to what is left, and put back at the end. Never
//! to zero, which would mean "for ever".

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, getsockopt, recv, setsockopt, sockopt::ReceiveTimeout};
use nix::sys::time::TimeVal;

/// A timeval counts in microseconds: less is nothing.
const SHORTEST: Duration = Duration::from_micros(1);

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let before = getsockopt(&from, ReceiveTimeout)?;
    let result = fill(from, message, Instant::now() + within);
    setsockopt(&from, ReceiveTimeout, &before)?;
    result
}

fn fill(from: BorrowedFd<'_>, mut rest: &mut [u8], deadline: Instant) -> io::Result<()> {
    while !rest.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left < SHORTEST {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let left = TimeVal::new(left.as_secs().cast_signed(), left.subsec_micros().into());
        setsockopt(&from, ReceiveTimeout, &left)?;
        match recv(from.as_raw_fd(), rest, MsgFlags::empty()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => rest = &mut rest[got..],
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
