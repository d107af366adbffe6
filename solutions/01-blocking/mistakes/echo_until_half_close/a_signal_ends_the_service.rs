//! Takes EINTR from accept for the listener's end. One meets it in servers whose first SIGCHLD is their last.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::sys::socket::{SockFlag, accept4};

pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    let mut echoed = Vec::new();
    while echoed.len() < clients {
        let client = accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC)?;
        // SAFETY: accept has just made this descriptor, and nobody else knows its number.
        let mut client = TcpStream::from(unsafe { OwnedFd::from_raw_fd(client) });
        let mut buffer = [0; 4096];
        let mut count = 0;
        loop {
            match client.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(got) => count += client.write_all(&buffer[..got]).map_or(0, |()| got as u64),
            }
        }
        echoed.push(count);
    }
    Ok(echoed)
}
