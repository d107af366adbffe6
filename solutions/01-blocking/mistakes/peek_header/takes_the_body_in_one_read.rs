//! Waits for the header with care, and reads the body once. What is short is called the end. One meets it where the
//! header was once found in two pieces, and the body never: a small one comes in one segment, until it does not.

use std::io;
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
    let mut header = [0; HEADER];
    match peek(from, &mut header)? {
        0 => return Ok(Next::End),
        HEADER => {}
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    }
    let length = u32::from_be_bytes(header) as usize;
    if length > limit {
        return Ok(Next::TooLong(length));
    }
    let mut record = vec![0; HEADER + length];
    take(from, &mut record)?;
    Ok(Next::Record(record.split_off(HEADER)))
}

fn peek(from: BorrowedFd<'_>, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        // A short peek has one of two reasons, a signal or the end. Asked before it, poll tells which: what comes
        // before an end that is known now is there now.
        let ended = has_ended(from)?;
        match recv(from.as_raw_fd(), bytes, MsgFlags::MSG_PEEK | MsgFlags::MSG_WAITALL) {
            Ok(there) if there == bytes.len() || there == 0 || ended => return Ok(there),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn has_ended(from: BorrowedFd<'_>) -> io::Result<bool> {
    let mut entry = [PollFd::new(from, PollFlags::from_bits_retain(libc::POLLRDHUP))];
    match poll(&mut entry, PollTimeout::ZERO) {
        Err(Errno::EINTR) => Ok(false),
        found => Ok(found? > 0),
    }
}

fn take(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<()> {
    loop {
        match recv(from.as_raw_fd(), record, MsgFlags::empty()) {
            Ok(got) if got == record.len() => return Ok(()),
            Ok(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
