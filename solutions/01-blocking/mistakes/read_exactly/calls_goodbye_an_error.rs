//! Uses std's `read_exact`, which knows one kind of end: a client that hangs up between two records, as it
//! should, is reported like one that died in the middle of one.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    File::from(from.try_clone_to_owned()?).read_exact(record)?;
    Ok(true)
}
