//! Counts to one too many. One meets it wherever there is a count; a server that is to end after its last client waits
//! for somebody who does not come.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{SockFlag, accept4};
use nix::unistd::{read, write};

pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    let mut echoed = Vec::new();
    while echoed.len() <= clients {
        match accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
            // SAFETY: accept has just made this descriptor, and nobody else knows its number.
            Ok(client) => echoed.push(echo(&unsafe { OwnedFd::from_raw_fd(client) })),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(echoed)
}

fn echo(client: &OwnedFd) -> u64 {
    let mut echoed = 0;
    let mut buffer = [0; 4096];
    loop {
        match read(client.as_fd(), &mut buffer) {
            Err(Errno::EINTR) => {}
            Ok(0) | Err(_) => return echoed,
            Ok(got) => match write_all(client, &buffer[..got]) {
                Ok(()) => echoed += got as u64,
                Err(_) => return echoed,
            },
        }
    }
}

fn write_all(client: &OwnedFd, mut rest: &[u8]) -> nix::Result<()> {
    while !rest.is_empty() {
        match write(client, rest) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
