//! Another right answer, on libc alone: a buffer for one, which has room for two, and a look at whatever came,
//! truncated or not.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// Room for a header and one descriptor, aligned as a header has to be.
#[repr(C)]
union Control {
    header: libc::cmsghdr,
    room: [u8; 24],
}

pub fn send_descriptor(through: BorrowedFd<'_>, descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let mut control = Control { room: [0; 24] };
    let mut byte = 0_u8;
    let mut data = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let number = descriptor.as_raw_fd();
    let length = size_of::<RawFd>() as u32;
    loop {
        // SAFETY: the message points to what outlives the call, and `control` has room for one number.
        let sent = unsafe {
            let mut message: libc::msghdr = mem::zeroed();
            (message.msg_iov, message.msg_iovlen) = (&raw mut data, 1);
            message.msg_control = (&raw mut control).cast();
            message.msg_controllen = libc::CMSG_SPACE(length) as _;
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(length) as _;
            ptr::write_unaligned(libc::CMSG_DATA(header).cast(), number);
            libc::sendmsg(through.as_raw_fd(), &raw const message, 0)
        };
        match sent {
            -1 => retry()?,
            _ => return Ok(()),
        }
    }
}

pub fn receive_descriptor(through: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut control = Control { room: [0; 24] };
    let mut byte = 0_u8;
    let mut data = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: all zeroes is a valid message; what it points to outlives the calls.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    (message.msg_iov, message.msg_iovlen) = (&raw mut data, 1);
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = size_of::<Control>() as _;
    let got = loop {
        // SAFETY: `message`, and the vector and buffers that it names, outlive the call.
        let answer = unsafe { libc::recvmsg(through.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) };
        match answer {
            -1 => retry()?,
            got => break got,
        }
    };
    let mut passed = Vec::new();
    // SAFETY: the kernel's headers lie within `control`, and each number in them is new and ours alone.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            let count = ((*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize) / size_of::<RawFd>();
            let first = libc::CMSG_DATA(header).cast::<RawFd>();
            passed.extend((0..count).map(|at| OwnedFd::from_raw_fd(first.add(at).read_unaligned())));
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
    }
    let cut = message.msg_flags & libc::MSG_CTRUNC != 0;
    match (got, passed.pop()) {
        (0, _) => Err(io::ErrorKind::UnexpectedEof.into()),
        (_, Some(descriptor)) if passed.is_empty() && !cut => Ok(descriptor),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Ok where a signal interrupted the last call, and else its error.
fn retry() -> io::Result<()> {
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) }
}
