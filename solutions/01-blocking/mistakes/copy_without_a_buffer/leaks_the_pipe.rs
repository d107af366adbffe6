//! Makes the pipe with libc and closes it on the way that works, only. Each copy that ends with an error costs two
//! descriptors: a proxy lives for as many broken clients as it has descriptors.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};

const PIECE: usize = 64 << 10;

pub fn copy_without_a_buffer(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<u64> {
    let mut ends = [0; 2];
    // SAFETY: the kernel writes two numbers, for which there is room.
    Errno::result(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: both are open until they are closed below.
    let (reader, writer) = unsafe { (BorrowedFd::borrow_raw(ends[0]), BorrowedFd::borrow_raw(ends[1])) };
    let mut copied = 0;
    loop {
        let taken = moved(from, writer.as_fd(), PIECE)?;
        if taken == 0 {
            // SAFETY: integers only.
            let _ = ends.map(|end| unsafe { libc::close(end) });
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
