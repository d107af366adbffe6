//! Waits with a timeout for the first byte, and then reads the whole message with none: "it has begun, so it will
//! come". One meets it as a poll before a `read_exact`.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let deadline = Instant::now() + within;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut entry = [PollFd::new(from, PollFlags::POLLIN)];
        match ppoll(&mut entry, Some(TimeSpec::from(left)), None) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => return File::from(from.try_clone_to_owned()?).read_exact(message),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
