//! Takes EINTR for the timeout, as code does that was written around alarm(2) and then moved to poll.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use nix::unistd::read;

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let deadline = Instant::now() + within;
    let mut filled = 0;
    while filled < message.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut entry = [PollFd::new(from, PollFlags::POLLIN)];
        match ppoll(&mut entry, Some(TimeSpec::from(left)), None) {
            Ok(0) | Err(Errno::EINTR) => return Err(io::ErrorKind::TimedOut.into()),
            ready => ready?,
        };
        match read(from, &mut message[filled..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            got => filled += got,
        }
    }
    Ok(())
}
