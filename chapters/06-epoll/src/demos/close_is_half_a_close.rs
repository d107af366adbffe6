//! Over TCP a peer that has closed looks like one that has half-closed: HUP comes when you write to it.
//!
//! epoll_ctl(2) says of `EPOLLHUP` that "this event merely indicates that the peer closed its end of the channel". So
//! it is with a Unix socket, where the kernel sees both ends. Over TCP it does not: `close` sends a
//! FIN, the same that `shutdown` sends, and all that the server's socket knows is that no more will come.
//! Only when the server sends something does the other kernel answer that nobody is there, with a reset;
//! and that is `HUP`, with `ERR`. Who waits for `HUP` to clean up after clients that have left, waits for ever.
//!
//! Rests on: epoll_ctl(2), `EPOLLHUP`; net/ipv4/tcp.c, `tcp_poll`; net/ipv4/tcp_input.c, `tcp_fin` and `tcp_reset`;
//! net/unix/af_unix.c, `unix_release_sock` (it sets the peer's `sk_shutdown` to `SHUTDOWN_MASK`).

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

/// Closes the other end of a Unix socket, and of a TCP connection.
pub fn close_is_half_a_close(lesson: &Lesson) -> io::Result<()> {
    let (unix_client, unix) = lesson.quietly(UnixStream::pair)?;
    let (tcp_client, tcp) = lesson.quietly(tcp_pair)?;
    lesson.name(&unix_client, "unix client");
    lesson.name(&unix, "unix");
    lesson.name(&tcp_client, "tcp client");
    lesson.name(&tcp, "tcp");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let asked = EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP;
    epoll.add(&unix, EpollEvent::new(asked, 0))?;
    epoll.add(&tcp, EpollEvent::new(asked, 1))?;

    drop(unix_client);
    let local = bits(&epoll)?;
    lesson.quietly(|| epoll.delete(&unix))?;
    drop(tcp_client);
    arrived(lesson, &tcp, libc::POLLRDHUP)?;
    let choices = [
        (
            "tcp: IN|HUP|RDHUP",
            "So it is with a Unix socket, whose kernel sees both ends. TCP has got a FIN, and knows no more.",
        ),
        ("tcp: IN|RDHUP", "A FIN says that no more will come; whether anybody still listens it does not say."),
        ("tcp: HUP", "A read would return 0 at once, so IN is there."),
    ];
    let remote = lesson.predict("And of the TCP client, that has closed as well?", &choices, || bits(&epoll))?;

    lesson.say("the server writes, and the answer is a reset");
    write(&tcp, b"anybody there?")?;
    arrived(lesson, &tcp, libc::POLLHUP)?;
    let reset = bits(&epoll)?;
    let gone = asked | EpollFlags::EPOLLHUP;
    lesson.seen(
        "a close is HUP at once on a Unix socket; over TCP it is no more than a half-close until something is sent",
        (local, remote, reset) == (gone, asked, gone | EpollFlags::EPOLLERR),
    );
    Ok(())
}

/// What the set reports of its one member that has news.
fn bits(epoll: &Epoll) -> nix::Result<EpollFlags> {
    let mut events = [EpollEvent::empty(); 8];
    let count = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    Ok(events[..count].iter().fold(EpollFlags::empty(), |bits, event| bits | event.events()))
}

/// Waits until the news of what the peer did has come through loopback.
fn arrived(lesson: &Lesson, socket: &TcpStream, event: i16) -> io::Result<()> {
    let event = PollFlags::from_bits_retain(event);
    lesson.quietly(|| poll(&mut [PollFd::new(socket.as_fd(), event)], PollTimeout::NONE))?;
    Ok(())
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
