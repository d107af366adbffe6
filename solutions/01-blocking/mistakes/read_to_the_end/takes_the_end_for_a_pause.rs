//! Reads on when nothing came, as if 0 meant "nothing yet". It is the commonest cause of a server that
//! burns a whole processor after a client has gone.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match read(from, &mut buffer) {
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(got) => all.extend_from_slice(&buffer[..got]),
            Err(Errno::ECONNRESET) => return Ok(all),
            Err(error) => return Err(error.into()),
        }
    }
}
