//! Stops at anything that is not data: `while let Ok(n) = read(…)`, as it stands in many a first
//! network program.

use std::io;
use std::os::fd::BorrowedFd;

use nix::unistd::read;

pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(got @ 1..) = read(from, &mut buffer) {
        all.extend_from_slice(&buffer[..got]);
    }
    Ok(all)
}
