//! A one-shot registration that has fired hears nothing, not even a hang-up.
//!
//! epoll_ctl(2) says of `EPOLLHUP` that epoll_wait "will always wait for this event", and of `EPOLLONESHOT` that
//! after one event "no other events will be reported". The second wins. So a worker that takes an
//! event and forgets to arm the registration again has a connection that is never heard of again, and
//! whose peer may be long gone.
//!
//! Rests on: epoll_ctl(2), `EPOLLHUP` and `EPOLLONESHOT`; fs/eventpoll.c, `ep_send_events` (it keeps `EP_PRIVATE_BITS`
//! alone, and `ep_poll_callback` ignores a member without other bits).

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

const SERVER: u64 = 0;

/// Takes an event, does not arm again, and misses the end.
pub fn spent_oneshot_is_deaf(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let once = EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT;
    epoll.add(&server, EpollEvent::new(once, SERVER))?;
    let mut events = [EpollEvent::empty(); 8];

    write(&client, b"last words")?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    read(&server, &mut [0; 16])?;
    drop(client);
    let choices = [
        ("server: HUP", "HUP needs no asking, says the manual, but a spent registration hears nothing at all."),
        ("server: IN|HUP", "That is what it says when it is armed again."),
        ("nothing", ""),
    ];
    let spent =
        lesson.predict("The client is gone, and HUP is always reported. What does the wait say?", &choices, || {
            epoll.wait(&mut events, EpollTimeout::ZERO)
        })?;
    epoll.modify(&server, &mut EpollEvent::new(once, SERVER))?;
    let armed = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    lesson.seen(
        "a spent one-shot registration reports no hang-up; EPOLL_CTL_MOD brings it to light",
        spent == 0 && armed == 1 && events[0].events().contains(EpollFlags::EPOLLHUP),
    );
    Ok(())
}
