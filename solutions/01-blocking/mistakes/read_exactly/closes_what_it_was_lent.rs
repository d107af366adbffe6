//! Makes a File of the number, to have its `read`. One meets it as the way from a descriptor to std: the File owns what
//! it was made from, and closes it when the function returns.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd};

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    // SAFETY: the number is open. Nobody asked whose it is.
    let mut stream = unsafe { File::from_raw_fd(from.as_raw_fd()) };
    let mut filled = 0;
    while filled < record.len() {
        match stream.read(&mut record[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
