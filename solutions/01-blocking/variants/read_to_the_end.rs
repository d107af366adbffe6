//! Another right answer: std's own loop, on a descriptor that it does not own.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;

pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    File::from(from.try_clone_to_owned()?).read_to_end(&mut all)?;
    Ok(all)
}
