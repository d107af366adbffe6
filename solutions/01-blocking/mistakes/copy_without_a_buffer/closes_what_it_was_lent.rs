//! Closes the second socket at the end of the stream, so that its reader sees the end. One meets it in proxies: the other
//! direction was still in use (shutdown(2) ends one).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};

const PIECE: usize = 64 << 10;

pub fn copy_without_a_buffer(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<u64> {
    let (reader, writer) = io::pipe()?;
    let mut copied = 0;
    loop {
        let taken = moved(from, writer.as_fd(), PIECE)?;
        if taken == 0 {
            // SAFETY: the number is open. Nobody asked whose it is.
            drop(unsafe { OwnedFd::from_raw_fd(to.as_raw_fd()) });
            return Ok(copied);
        }
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
