//! Takes a short read for the end: the fault that is to be mended. One meets it as
//! `while ((n = read(fd, buf, sizeof buf)) == sizeof buf)`, which works on regular files.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match read(from, &mut buffer) {
            Ok(got) => {
                all.extend_from_slice(&buffer[..got]);
                if got < buffer.len() {
                    return Ok(all);
                }
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
