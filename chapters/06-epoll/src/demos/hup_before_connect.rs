//! A TCP socket that was never connected is reported as hung up.
//!
//! The kernel derives the bits from the socket's state, and has one state for "not yet" and "no longer": closed. So a
//! program that registers its socket first and connects it after, as one may with other things, hears
//! `OUT|HUP` before anything has happened, and takes the connection for refused, or for made. Mend: start the
//! connect, then register; and when `OUT` comes, ask the socket how it went (`SO_ERROR`).
//!
//! Rests on: connect(2), `EINPROGRESS`; net/ipv4/tcp.c, `tcp_poll` ("state == TCP_CLOSE"); net/unix/af_unix.c,
//! `unix_poll`; net/core/datagram.c, `datagram_poll`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use lab::Lesson;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, connect, getsockopt, socket, sockopt::SocketError,
};

/// Registers fresh sockets, and then connects one.
pub fn hup_before_connect(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = lesson.quietly(|| listener.local_addr())?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let both = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT;

    let client = fresh(AddressFamily::Inet, SockType::Stream)?;
    lesson.name(&client, "client");
    epoll.add(&client, EpollEvent::new(both, 0))?;
    let choices = [
        (
            "nothing",
            "There is no connection to be ready. But the bits are made from the socket's state, and that is closed.",
        ),
        ("client: OUT", "Its send buffer is empty, so OUT is there. And it is closed, so HUP is, too."),
        ("client: OUT|HUP", "Its send buffer is empty and its state is closed: the one gives OUT, the other HUP."),
    ];
    let question = "Nobody has connected it. What does the wait report?";
    let before = lesson.predict(question, &choices, || bits(&epoll))?;

    let SocketAddr::V4(address) = address else { return Err(io::ErrorKind::AddrNotAvailable.into()) };
    let started = connect(client.as_raw_fd(), &SockaddrIn::from(address));
    lesson.quietly(|| poll(&mut [PollFd::new(client.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE))?;
    let after = bits(&epoll)?;
    let error = getsockopt(&client, SocketError)?;
    lesson.seen(
        "a TCP socket reports OUT|HUP until its connect is started; then OUT comes once that is decided, \
         and SO_ERROR says how",
        before == [EpollFlags::EPOLLOUT | EpollFlags::EPOLLHUP]
            && started == Err(Errno::EINPROGRESS)
            && (after, error) == (vec![EpollFlags::EPOLLOUT], 0),
    );

    lesson.say("the same with a Unix socket, and with a datagram socket, which needs no connection");
    lesson.quietly(|| epoll.delete(&client))?;
    let unix = fresh(AddressFamily::Unix, SockType::Stream)?;
    lesson.name(&unix, "unix");
    let udp = fresh(AddressFamily::Inet, SockType::Datagram)?;
    lesson.name(&udp, "udp");
    epoll.add(&unix, EpollEvent::new(both, 1))?;
    epoll.add(&udp, EpollEvent::new(both, 2))?;
    let others = bits(&epoll)?;
    lesson.seen(
        "so does a Unix stream socket; a datagram socket is ready to send as it is",
        others == [EpollFlags::EPOLLOUT | EpollFlags::EPOLLHUP, EpollFlags::EPOLLOUT],
    );
    Ok(())
}

/// What the set has to report now.
fn bits(epoll: &Epoll) -> nix::Result<Vec<EpollFlags>> {
    let mut events = [EpollEvent::empty(); 8];
    let count = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    Ok(events[..count].iter().map(EpollEvent::events).collect())
}

fn fresh(family: AddressFamily, kind: SockType) -> nix::Result<OwnedFd> {
    socket(family, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, None)
}
