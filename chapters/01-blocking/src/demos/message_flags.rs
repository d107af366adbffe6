//! recvmsg answers in msg_flags: what was cut, what was urgent, what came from the error queue.
//!
//! The flags given to a call say how to receive; the flags that come back say what was received.
//! `recvmsg` alone has a place for them. Linux sets fewer than the BSDs: it has no MSG_BCAST and
//! no MSG_MCAST (IP_PKTINFO tells the address that a datagram was sent to), and MSG_EOR and
//! MSG_NOTIFICATION are left to protocols like SCTP: a Unix SOCK_SEQPACKET sets neither.
//!
//! Rests on: recv(2), on `msg_flags`; UNPv3 section 14.5; ip(7), "IP_RECVERR"; Linux
//! net/ipv4/ip_sockglue.c, `ip_recv_error`; net/core/scm.c, `__scm_recv_common` (`scm_recv` in older
//! kernels); net/unix/af_unix.c, where no MSG_EOR is.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, recv, recvmsg, send, sendmsg, setsockopt, socketpair,
    sockopt,
};
use nix::unistd::{pipe, read, write};

/// Receives five messages of which a word is to be said, or would be elsewhere.
pub fn message_flags(lesson: &Lesson) -> io::Result<()> {
    let records = records(lesson)?;
    let passed = lost_descriptor(lesson)?;
    let urgent = urgent_byte(lesson)?;
    let failed = failed_datagram(lesson)?;
    let everybody = for_everybody(lesson)?;
    lesson.observe(
        "C172",
        "on Linux recvmsg returns TRUNC, CTRUNC, OOB and ERRQUEUE; it tells of no BCAST or MCAST, and of EOR not where \
         the socket is a Unix SOCK_SEQPACKET",
        records == MsgFlags::MSG_TRUNC
            && passed == MsgFlags::MSG_CTRUNC
            && urgent == MsgFlags::MSG_OOB
            && failed == MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_CTRUNC
            && everybody.is_empty(),
    );
    Ok(())
}

/// A record longer than the buffer, then one sent with MSG_EOR that fits.
fn records(lesson: &Lesson) -> io::Result<MsgFlags> {
    let (client, server) = packet_pair(lesson)?;
    lesson.say("five bytes, and room for two");
    send(client.as_raw_fd(), b"hello", MsgFlags::empty())?;
    let cut = receive(&server, MsgFlags::empty())?;
    lesson.say("a record that its sender ends with EOR");
    send(client.as_raw_fd(), b"hi", MsgFlags::MSG_EOR)?;
    let whole = receive(&server, MsgFlags::empty())?;
    lesson.quietly(|| drop((client, server)));
    Ok(cut | whole)
}

/// A descriptor comes, and the receiver has no control buffer to put it into.
fn lost_descriptor(lesson: &Lesson) -> io::Result<MsgFlags> {
    let (client, server) = packet_pair(lesson)?;
    let (reader, writer) = lesson.quietly(pipe)?;
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");
    lesson.say("a descriptor, and no room for control data");
    let rights = [writer.as_raw_fd()];
    let control = [ControlMessage::ScmRights(&rights)];
    sendmsg::<()>(client.as_raw_fd(), &[IoSlice::new(b"fd")], &control, MsgFlags::empty(), None)?;
    drop(writer);
    let flags = receive(&server, MsgFlags::empty())?;
    lesson.say("what did not fit was closed: the pipe has no writer any more");
    let end = read(&reader, &mut [0; 16])?;
    lesson.seen("a descriptor that its receiver has no room for is closed", end == 0);
    lesson.quietly(|| drop((client, server, reader)));
    Ok(flags)
}

fn urgent_byte(lesson: &Lesson) -> io::Result<MsgFlags> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "tcp client");
    lesson.name(&server, "tcp server");
    lesson.say("an urgent byte");
    send(client.as_raw_fd(), b"!", MsgFlags::MSG_OOB)?;
    // Loopback delivers soon, not at once, and a read with MSG_OOB does not wait.
    lesson.quietly(|| poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLPRI)], PollTimeout::NONE))?;
    let flags = receive(&server, MsgFlags::MSG_OOB)?;
    lesson.quietly(|| drop((client, server)));
    Ok(flags)
}

/// A datagram to a port where nobody listens comes back with the ICMP error that it met.
fn failed_datagram(lesson: &Lesson) -> io::Result<MsgFlags> {
    // Connected to itself, the other socket keeps its port from everybody and hears only itself.
    let (client, deaf) = lesson.quietly(|| {
        let (client, deaf) = (UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?);
        deaf.connect(deaf.local_addr()?)?;
        client.connect(deaf.local_addr()?)?;
        io::Result::Ok((client, deaf))
    })?;
    lesson.name(&client, "udp client");
    lesson.say("a datagram to nobody");
    setsockopt(&client, sockopt::Ipv4RecvErr, &true)?;
    write(&client, b"hi")?;
    let refused = recv(client.as_raw_fd(), &mut [0; 2], MsgFlags::empty());
    lesson.say("the datagram itself came back, and the reason as control data, for which again we have no room");
    let flags = receive(&client, MsgFlags::MSG_ERRQUEUE)?;
    lesson.quietly(|| drop((client, deaf)));
    Ok(if refused == Err(nix::Error::ECONNREFUSED) { flags } else { MsgFlags::empty() })
}

/// A broadcast on loopback, with an address of everybody's there.
fn for_everybody(lesson: &Lesson) -> io::Result<MsgFlags> {
    let (client, server) = lesson.quietly(|| {
        let everyone = Ipv4Addr::new(127, 255, 255, 255);
        let (client, server) = (UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?, UdpSocket::bind((everyone, 0))?);
        client.set_broadcast(true)?;
        client.connect(server.local_addr()?)?;
        io::Result::Ok((client, server))
    })?;
    lesson.name(&client, "broadcaster");
    lesson.name(&server, "listener");
    lesson.say("a datagram for everybody looks like any other");
    write(&client, b"hi")?;
    let flags = receive(&server, MsgFlags::empty())?;
    lesson.quietly(|| drop((client, server)));
    Ok(flags)
}

fn receive(from: &impl AsFd, flags: MsgFlags) -> io::Result<MsgFlags> {
    let mut two = [0; 2];
    Ok(recvmsg::<()>(from.as_fd().as_raw_fd(), &mut [IoSliceMut::new(&mut two)], None, flags)?.flags)
}

fn packet_pair(lesson: &Lesson) -> io::Result<(OwnedFd, OwnedFd)> {
    let (client, server) =
        lesson.quietly(|| socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC))?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    Ok((client, server))
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
