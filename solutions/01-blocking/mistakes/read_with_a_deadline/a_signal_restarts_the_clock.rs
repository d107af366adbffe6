//! Polls again after EINTR with the same timeout. It is the commonest loop around poll there is; a program with a
//! timer that ticks more often than the timeout never times out.

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
        let ready = loop {
            let mut entry = [PollFd::new(from, PollFlags::POLLIN)];
            match ppoll(&mut entry, Some(TimeSpec::from(left)), None) {
                Err(Errno::EINTR) => {}
                ready => break ready?,
            }
        };
        if ready == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match read(from, &mut message[filled..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            got => filled += got,
        }
    }
    Ok(())
}
