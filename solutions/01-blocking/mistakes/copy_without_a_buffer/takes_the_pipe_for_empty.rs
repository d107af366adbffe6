//! Splices out once for each time in. Where that comes short, the rest stays in the pipe: it comes late, with the
//! next piece, or never. One meets it in proxies that lose the end of large answers.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};

const PIECE: usize = 64 << 10;

pub fn copy_without_a_buffer(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<u64> {
    let (reader, writer) = io::pipe()?;
    let mut copied = 0;
    loop {
        let taken = moved(from, writer.as_fd(), PIECE)?;
        if taken == 0 {
            return Ok(copied);
        }
        copied += moved(reader.as_fd(), to, taken)? as u64;
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
