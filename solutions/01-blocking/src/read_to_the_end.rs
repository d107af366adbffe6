//! # Read to the end
//!
//! A program collects what another one writes: a page, a log, the output of a command. On the author's machine it
//! works. Behind a slow network it loses the second half of the page, and reports no error.
//!
//! Mend it. One line is wrong.
//!
//! The rule: a read returns what is there, at least one byte; only 0 says that no more will come (read(2),
//! "RETURN VALUE").
//! Also true: an error is no end, and a caller who takes it for one loses data without knowing.
//!
//! Book: chapter 01, "A stream has no messages"
//! Check: cargo xtask check read_to_the_end
//! Kind: mend

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

/// Reads all that comes, up to the end of the stream.
///
/// # Errors
/// Whatever `read` reports, but for EINTR.
pub fn read_to_the_end(from: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match read(from, &mut buffer) {
            Ok(got) => {
                all.extend_from_slice(&buffer[..got]);
                // exercise: begin
                // stub: if got < buffer.len() {
                if got == 0 {
                    // exercise: end
                    return Ok(all);
                }
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
