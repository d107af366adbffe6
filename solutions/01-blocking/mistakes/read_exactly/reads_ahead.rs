//! Makes a buffered reader for each record. The reader takes all that is there, and is dropped with what it
//! took too much: a question asked again and again about `BufReader` on a socket.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::BorrowedFd;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    let mut reader = BufReader::new(File::from(from.try_clone_to_owned()?));
    loop {
        match reader.fill_buf() {
            Ok([]) => return Ok(false),
            Ok(_) => return reader.read_exact(record).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
