//! # Pass a descriptor
//!
//! A server accepts a client in one process and serves it in another: it passes the descriptor through a Unix socket.
//! The receiver does not trust the sender. It wants one descriptor; what else a message brings along, or leaves out,
//! must not cost it a descriptor, a crash, or a secret handed on to the programs it starts.
//!
//! Write both ends.
//!
//! The rule: SCM_RIGHTS gives the receiver a new number for the same open file description, one for each descriptor
//! that its control buffer has room for (unix(7), "SCM_RIGHTS"; cmsg(3)).
//! Also true: on a stream the descriptor travels with a byte, and without one it goes nowhere; the new number survives
//! exec unless MSG_CMSG_CLOEXEC asks otherwise. CMSG_SPACE rounds up, so a buffer for one has room for two; where more
//! come, MSG_CTRUNC says that some were left out, and those that were not are open all the same. One message carries
//! 253 at the most.
//!
//! Book: chapter 01, "More than bytes"
//! Check: cargo xtask check pass_a_descriptor
//! Kind: stretch
//! Order: 2

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
// exercise: begin

/// As many descriptors as one message can carry: SCM_MAX_FD of Linux's include/net/scm.h.
const MOST: usize = 253;
// exercise: end

/// Passes `descriptor` through the Unix stream socket `through`, with one byte of no meaning. It stays open here.
///
/// # Errors
/// Whatever `sendmsg` reports, but for EINTR.
pub fn send_descriptor(through: BorrowedFd<'_>, descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // exercise: begin todo!("send one byte, and the descriptor with it")
    let rights = [descriptor.as_raw_fd()];
    let control = [ControlMessage::ScmRights(&rights)];
    loop {
        match sendmsg::<()>(through.as_raw_fd(), &[IoSlice::new(b"!")], &control, MsgFlags::MSG_NOSIGNAL, None) {
            Err(Errno::EINTR) => {}
            sent => return sent.map(drop).map_err(io::Error::from),
        }
    }
    // exercise: end
}

/// Takes one byte from the Unix stream socket `through`, and the descriptor that came with it, which no program that
/// is started later inherits.
///
/// # Errors
/// `UnexpectedEof` where the stream has ended; `InvalidData` where the byte brought no descriptor, or more than one;
/// else whatever `recvmsg` reports, but for EINTR.
pub fn receive_descriptor(through: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // exercise: begin todo!("receive one byte and its descriptors, and own every one of them")
    let mut byte = [0];
    let mut data = [IoSliceMut::new(&mut byte)];
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
    // exercise: end
}
