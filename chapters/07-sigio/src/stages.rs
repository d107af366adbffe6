//! The server's idea in four stages, each with the fault that the next one mends.
//!
//! Every stage serves clients that are connected, armed and looked at once already, until SIGTERM; it has
//! nothing that its own point does not need. What all the rest is for, `server.rs` tells.

pub mod drained;
pub mod overflow_proof;
pub mod plain;
pub mod queued;

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::unistd::{read, write};

/// The client whose descriptor has this number now; none, where the signal is older than that.
fn of(number: RawFd, clients: &[UnixStream]) -> Option<&UnixStream> {
    clients.iter().find(|client| client.as_raw_fd() == number)
}

/// Sends back all that is there now, until a read says that there is no more; says how much that was.
fn echo_all(client: impl AsFd) -> io::Result<usize> {
    let (mut buffer, mut echoed) = ([0; 16], 0);
    loop {
        match read(&client, &mut buffer) {
            Ok(0) | Err(Errno::EAGAIN) => return Ok(echoed),
            // A few bytes always fit into an empty send buffer.
            Ok(got) => echoed += write(&client, &buffer[..got])?,
            Err(errno) => return Err(errno.into()),
        }
    }
}
