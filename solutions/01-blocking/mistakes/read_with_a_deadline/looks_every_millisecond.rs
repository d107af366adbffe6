//! Looks, sleeps for a millisecond, looks again: a thousand wake-ups a second to learn nothing, and the message
//! is late by up to a millisecond each time. One meets it wherever somebody had no call that waits for two things.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let deadline = Instant::now() + within;
    let mut filled = 0;
    while filled < message.len() {
        match recv(from.as_raw_fd(), &mut message[filled..], MsgFlags::MSG_DONTWAIT) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(Errno::EAGAIN | Errno::EINTR) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            Err(Errno::EAGAIN | Errno::EINTR) => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
