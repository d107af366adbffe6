//! Gives the kernel room for one, and so for two, as CMSG_SPACE rounds up. Of three, two arrive and are open. nix
//! reports the truncation in their place, and shows neither.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};

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
    let mut control = cmsg_space!([RawFd; 1]);
    let message = loop {
        match recvmsg::<()>(through.as_raw_fd(), &mut data, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => {}
            message => break message?,
        }
    };
    let mut passed: Vec<OwnedFd> = Vec::new();
    for part in message.cmsgs().map_err(|_| io::ErrorKind::InvalidData)? {
        if let ControlMessageOwned::ScmRights(numbers) = part {
            // SAFETY: the kernel has just made these numbers for us, and nobody else knows them.
            passed.extend(numbers.into_iter().map(|number| unsafe { OwnedFd::from_raw_fd(number) }));
        }
    }
    match (message.bytes, passed.pop()) {
        (0, _) => Err(io::ErrorKind::UnexpectedEof.into()),
        (_, Some(descriptor)) if passed.is_empty() => Ok(descriptor),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
