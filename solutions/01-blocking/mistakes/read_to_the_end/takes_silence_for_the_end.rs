//! Returns when nothing has come for a second. One meets it where a client does not close: "read until it is
//! quiet". On a slow network it is quiet in the middle of a page.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::unistd::read;

/// In milliseconds.
const SILENCE: u16 = 1000;

pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match read(from, &mut buffer) {
            Ok(got) => {
                all.extend_from_slice(&buffer[..got]);
                let mut entry = [PollFd::new(from, PollFlags::POLLIN)];
                if got == 0 || poll(&mut entry, SILENCE)? == 0 {
                    return Ok(all);
                }
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
