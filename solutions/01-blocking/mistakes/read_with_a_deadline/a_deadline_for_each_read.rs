//! Gives every read the whole time: `set_read_timeout` and `read_exact`. A client that sends a byte now and then
//! keeps its connection for ever; that is how Slowloris empties a server of its workers.

use std::io::{self, ErrorKind, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let mut stream = UnixStream::from(from.try_clone_to_owned()?);
    stream.set_read_timeout(Some(within))?;
    let result = stream.read_exact(message);
    stream.set_read_timeout(None)?;
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
        other => other,
    }
}
