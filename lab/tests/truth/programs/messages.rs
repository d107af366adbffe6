//! Datagrams, and messages with more in them than bytes.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv6Addr, SocketAddrV6};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, SockaddrIn, SockaddrIn6, bind, connect, getsockname,
    recv, recvfrom, recvmsg, sendmsg, sendto, socket,
};
use nix::unistd::{pipe, write};

use super::sockets::pair;
use super::{address, address_mut, kernel, refused, word};

/// Datagrams with and without a connection, over both families; one is cut.
pub fn udp_datagrams() -> io::Result<()> {
    let make = |family| socket(family, SockType::Datagram, SockFlag::empty(), None);
    let (one, other) = (make(AddressFamily::Inet)?, make(AddressFamily::Inet)?);
    bind(one.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    bind(other.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    let (here, there): (SockaddrIn, SockaddrIn) = (getsockname(one.as_raw_fd())?, getsockname(other.as_raw_fd())?);
    sendto(one.as_raw_fd(), b"a datagram", &there, MsgFlags::empty())?;
    recvfrom::<SockaddrIn>(other.as_raw_fd(), &mut [0; 64])?;
    sendto(one.as_raw_fd(), b"longer than asked for", &there, MsgFlags::empty())?;
    recv(other.as_raw_fd(), &mut [0; 6], MsgFlags::MSG_TRUNC)?;
    sendto(one.as_raw_fd(), b"", &there, MsgFlags::empty())?;
    recvfrom::<SockaddrIn>(other.as_raw_fd(), &mut [0; 6])?;
    connect(other.as_raw_fd(), &here)?;
    write(&other, b"back")?;
    let mut buffer = [0; 2];
    let mut vectors = [IoSliceMut::new(&mut buffer)];
    recvmsg::<SockaddrIn>(one.as_raw_fd(), &mut vectors, None, MsgFlags::empty())?;
    refused(Errno::EMSGSIZE, sendto(one.as_raw_fd(), &[0; 70_000], &there, MsgFlags::empty()))?;
    let Ok(six) = make(AddressFamily::Inet6) else { return Ok(()) };
    let local = SockaddrIn6::from(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0, 0, 0));
    if bind(six.as_raw_fd(), &local).is_ok() {
        let here: SockaddrIn6 = getsockname(six.as_raw_fd())?;
        sendto(six.as_raw_fd(), b"six", &here, MsgFlags::empty())?;
        recvfrom::<SockaddrIn6>(six.as_raw_fd(), &mut [0; 64])?;
    }
    Ok(())
}

/// Descriptors in control messages: one, several, and one for which there is no room.
pub fn descriptors_in_messages() -> io::Result<()> {
    let (left, right) = pair(SockType::Stream)?;
    let (reader, writer) = pipe()?;
    let both = [reader.as_raw_fd(), writer.as_raw_fd()];
    for sent in [&both[..1], &both[..]] {
        let data = [IoSlice::new(b"with "), IoSlice::new(b"rights")];
        sendmsg::<()>(left.as_raw_fd(), &data, &[ControlMessage::ScmRights(sent)], MsgFlags::empty(), None)?;
        let mut space = cmsg_space!([i32; 2]);
        let (mut one, mut other) = ([0; 4], [0; 20]);
        let mut into = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other)];
        recvmsg::<()>(right.as_raw_fd(), &mut into, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
    }
    sendmsg::<()>(
        left.as_raw_fd(),
        &[IoSlice::new(b"x")],
        &[ControlMessage::ScmRights(&both)],
        MsgFlags::empty(),
        None,
    )?;
    let mut byte = [0; 1];
    recvmsg::<()>(right.as_raw_fd(), &mut [IoSliceMut::new(&mut byte)], None, MsgFlags::empty())?;
    refused(
        Errno::EAGAIN,
        recvmsg::<()>(right.as_raw_fd(), &mut [IoSliceMut::new(&mut byte)], None, MsgFlags::MSG_DONTWAIT),
    )?;
    let (left, right) = pair(SockType::Datagram)?;
    sendmsg::<()>(left.as_raw_fd(), &[], &[], MsgFlags::empty(), None)?;
    recvmsg::<()>(right.as_raw_fd(), &mut [IoSliceMut::new(&mut byte)], None, MsgFlags::empty())?;
    Ok(())
}

/// Several messages in one call, and pages given to a pipe.
pub fn several_messages_at_once() -> io::Result<()> {
    let (left, right) = pair(SockType::Datagram)?;
    let texts: [&[u8]; 2] = [b"one", b"another"];
    let vectors = texts.map(|text| libc::iovec { iov_base: text.as_ptr().cast_mut().cast(), iov_len: text.len() });
    let header = |vector: &libc::iovec| {
        // SAFETY: all zeroes is a message without a name, data and control.
        let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
        message.msg_hdr.msg_iov = std::ptr::from_ref(vector).cast_mut();
        message.msg_hdr.msg_iovlen = 1;
        message
    };
    let mut messages = [header(&vectors[0]), header(&vectors[1])];
    let mut buffer = [0_u8; 16];
    let into = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut taken = [header(&into), header(&into), header(&into)];
    let soon = libc::timespec { tv_sec: 5, tv_nsec: 6 };
    let (_reader, writer) = pipe()?;
    let too_many = [vectors[0]; 1025];
    // SAFETY: the messages, their vectors and the data outlive the calls.
    unsafe {
        kernel(libc::SYS_sendmmsg, &[word(&left), address_mut(&mut messages), 2, libc::MSG_NOSIGNAL as usize])?;
        kernel(libc::SYS_recvmmsg, &[word(&right), address_mut(&mut taken), 3, libc::MSG_DONTWAIT as usize, 0])?;
        refused(
            Errno::EAGAIN,
            kernel(libc::SYS_recvmmsg, &[word(&right), address_mut(&mut taken), 1, 0x40, address(&soon)]),
        )?;
        kernel(libc::SYS_vmsplice, &[word(&writer), address(&vectors), 2, 0])?;
        refused(Errno::EINVAL, kernel(libc::SYS_writev, &[word(&writer), address(&too_many), 1025]))
    }
}
