//! Raises SO_RCVLOWAT and leaves it there. Whoever reads a single byte from this socket later sleeps although a
//! byte is there.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv};

const HEADER: usize = 4;

pub enum Next {
    Record(Vec<u8>),
    TooLong(usize),
    End,
}

pub fn next_record(from: BorrowedFd<'_>, limit: usize) -> io::Result<Next> {
    let (mark, length) = (HEADER as libc::c_int, size_of::<libc::c_int>() as libc::socklen_t);
    // SAFETY: the kernel reads `mark`, which outlives the call.
    let set = unsafe {
        libc::setsockopt(from.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVLOWAT, (&raw const mark).cast(), length)
    };
    Errno::result(set)?;
    while let Err(error) = poll(&mut [PollFd::new(from, PollFlags::POLLIN)], PollTimeout::NONE) {
        if error != Errno::EINTR {
            return Err(error.into());
        }
    }
    let mut header = [0; HEADER];
    match recv(from.as_raw_fd(), &mut header, MsgFlags::MSG_PEEK)? {
        0 => return Ok(Next::End),
        HEADER => {}
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    }
    let length = u32::from_be_bytes(header) as usize;
    if length > limit {
        return Ok(Next::TooLong(length));
    }
    let mut record = vec![0; HEADER + length];
    File::from(from.try_clone_to_owned()?).read_exact(&mut record)?;
    Ok(Next::Record(record.split_off(HEADER)))
}
