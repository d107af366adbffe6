//! Another right answer: recv and send, a loop inside a loop, and sigwait(3) for the wait. It hides EINTR.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};

const BUFFER: usize = 1000;

pub fn echo(socket: BorrowedFd<'_>, event: libc::c_int) -> io::Result<usize> {
    let mut echoed = 0;
    loop {
        while let Some(got) = some(socket)? {
            if got.is_empty() {
                return Ok(echoed);
            }
            echoed += send(socket.as_raw_fd(), &got, MsgFlags::MSG_NOSIGNAL)?;
        }
        let mut taken = 0;
        // SAFETY: sigemptyset initialises the set; both outlive the calls.
        unsafe {
            let mut set = mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, event);
            libc::sigwait(&raw const set, &raw mut taken);
        }
    }
}

/// What one read takes; nothing where there is nothing.
fn some(socket: BorrowedFd<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match recv(socket.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(got) => {
                buffer.truncate(got);
                return Ok(Some(buffer));
            }
            Err(Errno::EAGAIN) => return Ok(None),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
