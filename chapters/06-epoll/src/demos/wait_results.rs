//! epoll_wait returns how many events it stored: at most maxevents, and one for each ready member.
//!
//! Success is a count, and 0 is a timeout: older texts have it that success is 0. Whoever gives room for two is
//! told of two, and the rest is not lost: it stays in the ready list, ahead of those already
//! told. One event carries all that is true of its member, IN and OUT together.
//!
//! Rests on: epoll_wait(2), RETURN VALUE; Linux fs/eventpoll.c, `ep_send_events`.

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

/// Three members are ready, and there is room for two events.
pub fn wait_results(lesson: &Lesson) -> io::Result<()> {
    let pairs = lesson.quietly(|| (0..3).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>())?;
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let names = [("first's peer", "first"), ("second's peer", "second"), ("third's peer", "third")];
    for (((peer, member), (of_peer, of_member)), data) in pairs.iter().zip(names).zip(0..) {
        lesson.name(peer, of_peer);
        lesson.name(member, of_member);
        lesson.quietly(|| epoll.add(member, EpollEvent::new(EpollFlags::EPOLLIN, data)))?;
    }
    let mut two = [EpollEvent::empty(); 2];

    let timed_out = epoll.wait(&mut two, EpollTimeout::ZERO)?;
    for (peer, _) in &pairs {
        write(peer, b"!")?;
    }
    let most = lesson.predict(
        "Three members are ready, there is room for two. What does the wait report?",
        &[
            ("first: IN, second: IN", "As many as there is room for."),
            ("first: IN, second: IN, third: IN", "There is no room for the third: the kernel stops at maxevents."),
            ("EINVAL", "Only room for none at all is refused. Too little is no error."),
        ],
        || epoll.wait(&mut two, EpollTimeout::ZERO),
    )?;
    lesson.say("whom there was no room for comes first now");
    epoll.wait(&mut two, EpollTimeout::ZERO)?;
    let rest = two[0].data();
    lesson.observe(
        "C080",
        "a wait that succeeds returns the number of events, and 0 only for a timeout",
        (timed_out, most) == (0, 2),
    );
    lesson.observe(
        "C107",
        "a wait stores as many ready members as there is room for; the rest come with the next",
        most == 2 && rest == 2,
    );

    lesson.say("one event for both directions");
    epoll.modify(&pairs[2].1, &mut EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT, 2))?;
    let mut events = [EpollEvent::empty(); 8];
    let all = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    let both = events[..all].iter().filter(|event| event.data() == 2).map(EpollEvent::events).collect::<Vec<_>>();
    lesson.observe(
        "C108",
        "a member that is readable and writable is told of once, with both bits",
        both == [EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT],
    );
    lesson.quietly(|| drop((pairs, epoll)));
    Ok(())
}
