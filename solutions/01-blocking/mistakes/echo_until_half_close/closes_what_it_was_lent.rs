//! Makes an owner of a borrowed number: `from_raw_fd` closes the listener when it is dropped, and the caller's
//! next accept fails with EBADF, or takes clients of a stranger's socket that got the number since.

use std::io::{self, Write};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd};

/// Counts what has been written.
struct Counted<W>(W, u64);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    // SAFETY: none. This is the mistake: the descriptor is the caller's.
    let listener = unsafe { TcpListener::from_raw_fd(listener.as_raw_fd()) };
    let mut echoed = Vec::new();
    for client in listener.incoming().take(clients) {
        let client = client?;
        let mut back = Counted(&client, 0);
        let _ = io::copy(&mut &client, &mut back);
        echoed.push(back.1);
    }
    Ok(echoed)
}
