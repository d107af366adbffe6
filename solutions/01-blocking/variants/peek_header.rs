//! Another right answer: SO_RCVLOWAT raises the mark for a moment, so that poll sleeps until a whole header is
//! there, or the end. The end is readable whatever the mark.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv};

const HEADER: usize = 4;

pub enum Next {
    Record(Vec<u8>),
    TooLong(usize),
    End,
}

pub fn next_record(from: BorrowedFd<'_>, limit: usize) -> io::Result<Next> {
    set_mark(from, HEADER as libc::c_int)?;
    let waited = wait(from);
    set_mark(from, 1)?;
    waited?;
    let mut header = [0; HEADER];
    match recv(from.as_raw_fd(), &mut header, MsgFlags::MSG_PEEK)? {
        0 => return Ok(Next::End),
        HEADER => {}
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    }
    let length = u32::from_be_bytes(header) as usize;
    if length > limit {
        return Ok(Next::TooLong(length));
    }
    let mut record = vec![0; HEADER + length];
    File::from(from.try_clone_to_owned()?).read_exact(&mut record)?;
    Ok(Next::Record(record.split_off(HEADER)))
}

fn wait(from: BorrowedFd<'_>) -> io::Result<()> {
    loop {
        match poll(&mut [PollFd::new(from, PollFlags::POLLIN)], PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            ready => return ready.map(drop).map_err(io::Error::from),
        }
    }
}

fn set_mark(of: BorrowedFd<'_>, mark: libc::c_int) -> io::Result<()> {
    let length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the kernel reads `mark`, which outlives the call.
    let set = unsafe {
        libc::setsockopt(of.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVLOWAT, (&raw const mark).cast(), length)
    };
    Ok(Errno::result(set).map(drop)?)
}
