//! Receives into a buffer of some size, as one does. One meets it because a descriptor comes with "a message": on a stream
//! there are bytes, and those behind the first are somebody else's.

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
    let mut bytes = [0; 64];
    let mut data = [IoSliceMut::new(&mut bytes)];
    // With room for all that may come, none is left out: nix shows nothing of a message from which some were, and
    // those that came with it would stay open unseen.
    let mut control = cmsg_space!([RawFd; MOST]);
    let message = loop {
        match recvmsg::<()>(through.as_raw_fd(), &mut data, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => {}
            message => break message?,
        }
    };
    let mut passed: Vec<OwnedFd> = Vec::new();
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(numbers) = part {
            // SAFETY: the kernel has just made these numbers for us, and nobody else knows them.
            passed.extend(numbers.into_iter().map(|number| unsafe { OwnedFd::from_raw_fd(number) }));
        }
    }
    // Those that are too many are dropped with the list, and closed.
    match (message.bytes, passed.pop()) {
        (0, _) => Err(io::ErrorKind::UnexpectedEof.into()),
        (_, Some(descriptor)) if passed.is_empty() => Ok(descriptor),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
