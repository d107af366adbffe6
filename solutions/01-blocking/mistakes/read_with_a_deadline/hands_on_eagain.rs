//! Lets the errno of a timed-out socket through. The caller finds `WouldBlock`, on a socket that is not
//! non-blocking, and looks in the wrong place; std's `set_read_timeout` does just this, and its documentation
//! says that the kind differs between systems.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt::ReceiveTimeout};
use nix::sys::time::TimeVal;

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let result = fill(from, message, Instant::now() + within);
    setsockopt(&from, ReceiveTimeout, &TimeVal::new(0, 0))?;
    result
}

fn fill(from: BorrowedFd<'_>, message: &mut [u8], deadline: Instant) -> io::Result<()> {
    let mut filled = 0;
    while filled < message.len() {
        let left = deadline.saturating_duration_since(Instant::now()).as_micros().max(1) as i64;
        setsockopt(&from, ReceiveTimeout, &TimeVal::new(left / 1_000_000, left % 1_000_000))?;
        match recv(from.as_raw_fd(), &mut message[filled..], MsgFlags::empty()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
