//! Keeps the whole buffer, whatever came: behind a short read lies what was read before it. Heartbleed's
//! small sister, met wherever a buffer's length is taken for its content's.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match read(from, &mut buffer) {
            Ok(0) => return Ok(all),
            Ok(_) => all.extend_from_slice(&buffer),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
