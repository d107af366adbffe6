//! A peer that ends its direction is IN|RDHUP, for as long as you ask; HUP comes when yours has ended, too.
//!
//! `RDHUP` is told only to whoever asks for it, and says that a read will come to the end. `IN` says the same in
//! the older way: a read would not sleep, it returns 0. Level-triggered, both are true for ever, so a server that
//! goes on writing to such a client must stop asking about reading, or it spins. `HUP` is another thing: both
//! directions are over, there is nothing to wait for. It is told to everybody, asked or not.
//!
//! Rests on: epoll_ctl(2), `EPOLLRDHUP` and `EPOLLHUP`; net/ipv4/tcp.c, `tcp_poll`
//! (its comment on `EPOLLHUP` tells why).

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{Shutdown, shutdown};
use nix::unistd::{read, write};

const SERVER: u64 = 0;

/// Ends a connection one direction at a time.
pub fn half_close(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP, SERVER))?;
    let end = EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP;

    shutdown(client.as_raw_fd(), Shutdown::Write)?;
    arrived(lesson, &server, libc::POLLRDHUP)?;
    let choices = [
        ("server: IN|RDHUP", "A read would not sleep, that is IN; and it will come to the end, that is RDHUP."),
        (
            "server: RDHUP",
            "The end counts as something to read: the read returns 0 and does not sleep. So IN is there, too.",
        ),
        ("server: HUP", "HUP is for the end of both directions, and the server can still write."),
        (
            "server: IN|HUP|RDHUP",
            "So says a Unix socket whose peer has closed. Here one direction has ended, and the other is open.",
        ),
    ];
    let half = lesson.predict("The client has ended its direction. What is reported?", &choices, || bits(&epoll))?;
    let zero = read(&server, &mut [0; 16])?;
    lesson.say("read it as often as you like: the end stays, and so does the event");
    let spins = bits(&epoll)?;

    lesson.say("the server has something left to send: so it stops asking about input, and goes on");
    epoll.modify(&server, &mut EpollEvent::new(EpollFlags::empty(), SERVER))?;
    let quiet = bits(&epoll)?;
    write(&server, b"the rest")?;
    lesson.quietly(|| read(&client, &mut [0; 16]))?;
    shutdown(server.as_raw_fd(), Shutdown::Write)?;
    let choices = [
        ("nothing", "It asked for nothing; but HUP and ERR are told without asking."),
        ("server: HUP", "Both directions are over. HUP is told to everybody, asked or not."),
        ("server: IN|HUP|RDHUP", "All three are true; but it asked for neither IN nor RDHUP any more."),
    ];
    let whole =
        lesson.predict("Now both have ended. What is reported to who asked for nothing?", &choices, || bits(&epoll))?;
    lesson.seen(
        "IN|RDHUP is the peer's end, at every wait until you stop asking; HUP is the end of both directions, unasked",
        (half, zero, spins, quiet, whole) == (end, 0, end, EpollFlags::empty(), EpollFlags::EPOLLHUP),
    );
    Ok(())
}

/// What the set reports of its one member now.
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
