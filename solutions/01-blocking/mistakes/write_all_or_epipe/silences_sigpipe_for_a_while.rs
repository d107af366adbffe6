//! Ignores SIGPIPE around the loop, and puts things back. One meets it as the careful version of SIG_IGN; what a signal
//! does is the whole process's, so it is careful in a process of one thread alone (sigaction(2)).

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::write;

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    // SAFETY: no handler is involved, before or after.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let sent = write_all(to, bytes);
    // SAFETY: as above.
    unsafe { libc::signal(libc::SIGPIPE, before) };
    sent
}

fn write_all(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
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
