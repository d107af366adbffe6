//! A set may be changed while another thread sleeps in a wait for it, and the sleeper learns of it at once.
//!
//! The list is the kernel's, so a change is seen by every wait, begun before or after. With poll
//! the sleeper has handed in its own copy: somebody has to wake it (a pipe to self) so that it comes back
//! with a new one. What no change reaches is an event that a wait has already handed out.
//!
//! Rests on: epoll_wait(2), NOTES; Linux fs/eventpoll.c, `ep_insert` and `ep_modify` (both look at
//! the member, and wake who waits).

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

/// Another thread adds, changes and takes out members of a set that is waited for.
pub fn changed_while_waited(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let event = EpollEvent::new;
    let mut events = [EpollEvent::empty(); 4];

    thread::scope(|scope| {
        lesson.peer(scope, "other thread", |turn| {
            epoll.add(&server, event(EpollFlags::EPOLLOUT, 0))?;
            turn.next();
            epoll.modify(&server, &mut event(EpollFlags::EPOLLIN, 0))?;
            epoll.delete(&server)?;
            write(&client, b"!")?;
            lesson.say("nobody is told of the byte: server is no member");
            epoll.add(&server, event(EpollFlags::empty(), 0))?;
            lesson.say("nor now: it is one, and asked for nothing");
            epoll.modify(&server, &mut event(EpollFlags::EPOLLIN, 0))?;
            Ok(())
        });
        lesson.say("a wait for an empty set");
        let added = lesson.predict(
            "Another thread adds a socket that can be written to. What becomes of the wait that sleeps already?",
            &[
                (
                    "it sleeps on",
                    "A poll would: it has its own copy of the list. This list is the kernel's, and has changed.",
                ),
                ("server: OUT", "ADD looks at the new member, and wakes whoever waits."),
                ("EINTR", "No signal has come. A change is no interruption, it may be news."),
            ],
            || epoll.wait(&mut events, EpollTimeout::NONE),
        )?;
        let added = (added, events[0].events());
        lesson.quietly(|| epoll.modify(&server, &mut event(EpollFlags::EPOLLIN, 0)))?;
        let changed = epoll.wait(&mut events, EpollTimeout::NONE)?;
        lesson.observe(
            "C116",
            "any thread may add, change or take out members while others wait: who waits is told what is true after it",
            added == (1, EpollFlags::EPOLLOUT) && (changed, events[0].events()) == (1, EpollFlags::EPOLLIN),
        );
        io::Result::Ok(())
    })?;
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}
