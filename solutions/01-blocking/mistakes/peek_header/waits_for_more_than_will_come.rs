//! Tries again after a short peek, as after any short read. But a peek takes nothing, and at the end of the stream
//! the same two bytes come back for ever.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
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
    File::from(from.try_clone_to_owned()?).read_exact(&mut record)?;
    Ok(Next::Record(record.split_off(HEADER)))
}

fn peek(from: BorrowedFd<'_>, header: &mut [u8]) -> io::Result<usize> {
    loop {
        match recv(from.as_raw_fd(), header, MsgFlags::MSG_PEEK | MsgFlags::MSG_WAITALL) {
            Ok(there) if there == HEADER || there == 0 => return Ok(there),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
