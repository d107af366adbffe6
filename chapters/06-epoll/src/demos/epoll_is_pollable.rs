//! A set is a descriptor too: poll, select and another set wait for it, and it is readable while it has news.
//!
//! Its own `poll` operation looks whether a member is ready. So sets can be stacked: a library
//! keeps one of its own and hands out the one descriptor, and a program's outer set learns from it that
//! the library has work. There is nothing to be read from it: the news is fetched with `epoll_wait`.
//!
//! Rests on: epoll(7), Q3 and Q4; Linux fs/eventpoll.c, `ep_eventpoll_poll`.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::{read, write};

/// Waits for a set with poll, with select and with another set.
pub fn epoll_is_pollable(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let inner = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&inner.0, "inner");
    let outer = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&outer.0, "outer");

    inner.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    outer.add(&inner.0, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    let before = polled(&inner)?;

    write(&client, b"!")?;
    lesson.say("a byte for a member: now the set itself is readable, for whoever asks");
    let by_poll = polled(&inner)?;
    let mut readable = FdSet::new();
    readable.insert(inner.0.as_fd());
    let by_select = select(None, &mut readable, None, None, &mut TimeVal::zero())?;
    let mut events = [EpollEvent::empty(); 4];
    let by_epoll = outer.wait(&mut events, EpollTimeout::ZERO)?;

    lesson.say("fetching the event does not settle it: the byte is still there");
    inner.wait(&mut events, EpollTimeout::ZERO)?;
    let fetched = lesson.predict(
        "The inner set's event has been fetched, the byte has not been read. What does the outer set report?",
        &[
            ("inner: IN", "The member is ready, so is its set, at both levels."),
            ("nothing", "So it would be, had the outer set taken the inner one edge-triggered."),
            ("server: IN", "A set reports its own members. server is none of the outer's."),
        ],
        || outer.wait(&mut events, EpollTimeout::ZERO),
    )?;
    read(&server, &mut [0; 4])?;
    let read = outer.wait(&mut events, EpollTimeout::ZERO)?;
    lesson.observe(
        "C083",
        "poll, select and another set can wait for a set, which is readable as long as a member is ready",
        (before, by_poll, by_select, by_epoll) == (0, 1, 1, 1) && (fetched, read) == (1, 0),
    );
    lesson.quietly(|| drop((client, server, inner, outer)));
    Ok(())
}

fn polled(set: &Epoll) -> nix::Result<i32> {
    poll(&mut [PollFd::new(set.0.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)
}
