//! Writes as to a file. In a Rust program that passes, as std ignores SIGPIPE before `main`; in a library that
//! a C program calls, or after `signal(SIGPIPE, SIG_DFL)` as command line tools do, the process dies.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::write;

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match write(to, rest) {
            Ok(sent) => rest = &rest[sent..],
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(Sent::ReaderGone),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Sent::All)
}
