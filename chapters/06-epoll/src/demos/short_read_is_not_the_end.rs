//! A short read means that the bytes are used up, not that the end of the stream has been seen.
//!
//! Many readers save the call that would only say `EAGAIN`: a read that returned less than it was asked for
//! has taken all there was. Of bytes that is true. But the end of a stream is no byte: where it came
//! together with the last of them, one edge told of both, the short read took the bytes, and nobody
//! tells of the end again. The connection stays in the server's table for ever. Mend: read until `EAGAIN`
//! *or 0*; or register for `EPOLLRDHUP`, and where an event says so, read on in spite of a short read.
//!
//! Rests on: epoll(7), "Questions and answers", "Do I need to continuously read/write a file descriptor
//! until EAGAIN": the short read is allowed there; epoll_ctl(2), `EPOLLRDHUP`; net/unix/af_unix.c, `unix_poll`;
//! net/ipv4/tcp.c, `tcp_poll`.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{Shutdown, shutdown};
use nix::unistd::{read, write};

/// Reads the last words of a client that has ended its direction, and stops at a short read.
pub fn short_read_is_not_the_end(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let plain = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let with_rdhup = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    lesson.name(&plain.0, "plain");
    lesson.name(&with_rdhup.0, "with RDHUP");
    let edge = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
    plain.add(&server, EpollEvent::new(edge, 0))?;
    with_rdhup.add(&server, EpollEvent::new(edge | EpollFlags::EPOLLRDHUP, 0))?;
    let mut events = [EpollEvent::empty(); 8];

    write(&client, b"bye")?;
    shutdown(client.as_raw_fd(), Shutdown::Write)?;
    plain.wait(&mut events, EpollTimeout::NONE)?;
    let short = read(&server, &mut [0; 16])?;
    lesson.say("3 bytes of 16: the socket has no more of them, says the rule, so the reader goes back to wait");
    let choices = [
        (
            "server: IN",
            "The end would be an edge of its own, had it come later. It came before the wait, and both were one event.",
        ),
        ("nothing", "The one event told of the bytes and of the end; the end was left unread."),
        ("server: IN|HUP", "HUP is for the end of both directions, and the server's is open."),
    ];
    let reported =
        lesson.predict("The end of the stream has not been read. What does the wait say?", &choices, || {
            plain.wait(&mut events, EpollTimeout::ZERO)
        })?;
    let end = read(&server, &mut [0; 16])?;
    lesson.observe(
        "C123",
        "reading until a short read takes every byte of a stream, but not its end, and that is not told again",
        (short, reported, end) == (3, 0, 0),
    );

    lesson.say("who registers for RDHUP is told of the end in the event itself");
    with_rdhup.wait(&mut events, EpollTimeout::NONE)?;
    lesson.seen(
        "with RDHUP in the event, a short read is known not to be the last one",
        events[0].events().contains(EpollFlags::EPOLLRDHUP),
    );
    Ok(())
}
