//! An edge is an arrival, not a change from empty to not empty: more data on top of unread data is a new edge.
//!
//! The name comes from electronics, and misleads: there the line must fall before it can rise again. In
//! Linux an edge is a wake-up of the descriptor's wait queue, and each write makes one, whatever lies there
//! already. Edges are not counted, though: those that come before a wait are one event. Pipes show how thin
//! the promise is: Linux 5.5 took the second edge from them (commit 1b6b26ae7053), and Linux 5.14 gave it
//! back (3a34b13a88ca), since programs had broken. Who reads until `EAGAIN` needs no second edge.
//!
//! Rests on: epoll(7), "Questions and answers", "combined or reported separately"; fs/eventpoll.c,
//! `ep_poll_callback`; net/core/sock.c, `sock_def_readable`; fs/pipe.c, `pipe_write` and `poll_usage`
//! (`anon_pipe_write` in newer kernels); fs/eventfd.c, `eventfd_write`.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::unistd::{pipe, write};

/// Writes again and again, and never reads.
pub fn new_data_is_a_new_edge(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let edge = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
    epoll.add(&server, EpollEvent::new(edge, 0))?;
    let mut events = [EpollEvent::empty(); 8];
    let mut ask = || epoll.wait(&mut events, EpollTimeout::ZERO);

    write(&client, b"one")?;
    let first = ask()?;
    let unread = ask()?;
    lesson.say("nobody has read: the socket is as readable as before, and more comes");
    write(&client, b"two")?;
    let choices = [
        ("nothing", "It would, if an edge were the change from empty to not empty. It is the arrival."),
        ("server: IN", ""),
    ];
    let second = lesson.predict("The socket was readable all the time. What does the wait say?", &choices, &mut ask)?;

    lesson.say("two arrivals, and then two waits");
    write(&client, b"three")?;
    write(&client, b"four")?;
    let combined = ask()?;
    let choices = [
        ("nothing", "Edges are no queue: the socket is on the ready list or not."),
        (
            "server: IN",
            "It would if each arrival were kept. The socket is on the ready list once, however often it is put there.",
        ),
    ];
    let no_more = lesson.predict("And the second of them?", &choices, &mut ask)?;

    lesson.observe("C023", "more data on top of unread data is a new edge", (first, unread, second) == (1, 0, 1));
    lesson.seen("edges before a wait are combined: one event says nothing of how many", (combined, no_more) == (1, 0));
    let others = others(lesson, &epoll)?;
    lesson.observe(
        "C079",
        "an edge is an arrival, not the way from not ready to ready: so it is with sockets, pipes and eventfds",
        second == 1 && others == [1, 1],
    );
    Ok(())
}

/// The same with a pipe and an eventfd: what the second write, on top of the first, is worth.
fn others(lesson: &Lesson, epoll: &Epoll) -> io::Result<[usize; 2]> {
    let (reader, writer) = lesson.quietly(pipe)?;
    let counter = lesson.quietly(|| EventFd::from_flags(EfdFlags::EFD_CLOEXEC))?;
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");
    lesson.name(&counter, "eventfd");
    let edge = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
    let mut events = [EpollEvent::empty(); 8];

    lesson.say("the same with a pipe, and with an eventfd that nobody ever reads");
    epoll.add(&reader, EpollEvent::new(edge, 1))?;
    epoll.add(&counter, EpollEvent::new(edge, 2))?;
    let mut worth = [0; 2];
    let one = 1_u64.to_ne_bytes();
    for (worth, (end, bytes)) in worth.iter_mut().zip([(writer.as_fd(), &b"!"[..]), (counter.as_fd(), &one)]) {
        write(end, bytes)?;
        epoll.wait(&mut events, EpollTimeout::ZERO)?;
        write(end, bytes)?;
        *worth = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    }
    Ok(worth)
}
