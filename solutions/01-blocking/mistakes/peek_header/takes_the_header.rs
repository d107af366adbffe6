//! Reads the header instead of looking at it. Whoever is to read the long record finds its header gone, and takes
//! the first four bytes of the body for one.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::BorrowedFd;

const HEADER: usize = 4;

pub enum Next {
    Record(Vec<u8>),
    TooLong(usize),
    End,
}

pub fn next_record(from: BorrowedFd<'_>, limit: usize) -> io::Result<Next> {
    let mut from = File::from(from.try_clone_to_owned()?);
    let mut header = [0; HEADER];
    let mut filled = 0;
    while filled < HEADER {
        match from.read(&mut header[filled..]) {
            Ok(0) if filled == 0 => return Ok(Next::End),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_be_bytes(header) as usize;
    if length > limit {
        return Ok(Next::TooLong(length));
    }
    let mut record = vec![0; length];
    from.read_exact(&mut record)?;
    Ok(Next::Record(record))
}
