//! Sets FD_CLOEXEC when the descriptor is there. One meets it in code from before MSG_CMSG_CLOEXEC (Linux 2.6.23,
//! recvmsg(2)): between the two calls another thread may fork and exec.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
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
    // With room for all that may come, none is left out: nix shows nothing of a message from which some were, and
    // those that came with it would stay open unseen.
    let mut control = cmsg_space!([RawFd; MOST]);
    let message = loop {
        match recvmsg::<()>(through.as_raw_fd(), &mut data, Some(&mut control), MsgFlags::empty()) {
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
        (_, Some(descriptor)) if passed.is_empty() => {
            fcntl(&descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
            Ok(descriptor)
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
