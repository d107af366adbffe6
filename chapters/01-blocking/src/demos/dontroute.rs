//! MSG_DONTROUTE still looks up a route: it only leaves the gateways out.
//!
//! The name promises more than the flag does. The kernel asks its table as ever, for the scope of the
//! link: whoever is reached without a gateway is reached as before, and where the table has nothing
//! the flag does not help. Only a datagram looks a route up at each send; a connected TCP socket has
//! its route, and a receiver needs none.
//!
//! Rests on: send(2), "MSG_DONTROUTE"; socket(7), "SO_DONTROUTE"; Linux net/ipv4/udp.c,
//! `udp_sendmsg` (`RT_SCOPE_LINK` from `ip_sendmsg_scope`; `RTO_ONLINK` in older kernels).
//! Needs: a network namespace of its own, to have an empty table to look in.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;

use lab::{Kernel, Lesson};
use nix::Error;
use nix::sys::socket::{MsgFlags, SockaddrStorage, recv, sendto};

/// nix has no name for this flag.
const MSG_DONTROUTE: MsgFlags = MsgFlags::from_bits_retain(libc::MSG_DONTROUTE);

/// Sends over loopback, with a route to it and without.
pub fn dontroute(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::NetworkNamespace)?;
    let (sender, receiver) = lesson.quietly(|| io::Result::Ok((any_port()?, any_port()?)))?;
    lesson.name(&sender, "sender");
    lesson.name(&receiver, "receiver");
    let to = SockaddrStorage::from(lesson.quietly(|| receiver.local_addr())?);

    lesson.say("loopback is as near as can be: no gateway leads there");
    sendto(sender.as_raw_fd(), b"hello", &to, MSG_DONTROUTE)?;
    lesson.say("a receiver may say it too, and nothing comes of it");
    let received = recv(receiver.as_raw_fd(), &mut [0; 16], MSG_DONTROUTE);

    lesson.say("now in a network namespace of our own: even loopback is down, and the table is empty");
    lesson.quietly(move_to_an_empty_network)?;
    let stranded = lesson.quietly(any_port_of_any_address)?;
    lesson.name(&stranded, "stranded");
    let send = |flags| sendto(stranded.as_raw_fd(), b"hello", &to, flags);
    let routed = send(MsgFlags::empty());
    let unrouted = lesson.predict(
        "And with the flag that routes nothing?",
        &[
            (
                "5",
                "So it would be if no route were looked up. The flag narrows the question; it is asked all the same.",
            ),
            ("ENETUNREACH", ""),
            ("EINVAL", "The flag is a good one for a send, as the first line showed."),
        ],
        || send(MSG_DONTROUTE),
    );
    lesson.observe(
        "C168",
        "MSG_DONTROUTE is for sending only, but it skips no look-up: without a route it fails like any send",
        received == Ok(5) && routed == Err(Error::ENETUNREACH) && unrouted == Err(Error::ENETUNREACH),
    );
    lesson.quietly(|| drop((sender, receiver, stranded)));
    Ok(())
}

fn any_port() -> io::Result<UdpSocket> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
}

/// Where loopback is down, its address is nobody's.
fn any_port_of_any_address() -> io::Result<UdpSocket> {
    UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
}

/// Only this process moves; sockets that it has already stay where they were made.
fn move_to_an_empty_network() -> io::Result<()> {
    // SAFETY: integers only. The new user namespace gives a plain user the right to the other.
    let moved = unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET) };
    if moved == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
