//! Loops until an error comes. One meets it where `while splice(…) >= 0` was the whole condition: the end of the stream
//! is no error.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};

const PIECE: usize = 64 << 10;

pub fn copy_without_a_buffer(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<u64> {
    let (reader, writer) = io::pipe()?;
    let mut copied = 0;
    loop {
        let taken = match moved(from, writer.as_fd(), PIECE) {
            Ok(taken) => taken,
            Err(_) => return Ok(copied),
        };
        let mut left = taken;
        while left > 0 {
            left -= moved(reader.as_fd(), to, left)?;
        }
        copied += taken as u64;
    }
}

fn moved(from: BorrowedFd<'_>, to: BorrowedFd<'_>, most: usize) -> io::Result<usize> {
    loop {
        match splice(from, None, to, None, most, SpliceFFlags::empty()) {
            Err(Errno::EINTR) => {}
            moved => return Ok(moved?),
        }
    }
}
