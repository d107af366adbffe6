//! EPOLLEXCLUSIVE is decided with ADD: what was added so cannot be changed, only taken out and added anew.
//!
//! The flag says at which end of the member's wait queue the set is to stand, and it stands there from ADD on. So
//! MOD refuses it, and refuses every other change of such a member too: no rearming, no asking for OUT now and then.
//! With ONESHOT, which lives on MOD, and with PRI or RDHUP the flag does not go together; with ET it does.
//!
//! Rests on: epoll_ctl(2), EPOLLEXCLUSIVE; Linux fs/eventpoll.c, `do_epoll_ctl` (EPOLLEXCLUSIVE_OK_BITS).

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

/// Adds a listener exclusively, and tries to change it.
pub fn exclusive_is_for_good(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let inner = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&inner.0, "inner");
    let exclusive = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
    let event = |mask| EpollEvent::new(mask, 0);

    epoll.add(&listener, event(exclusive))?;
    let changed = lesson.predict(
        "The listener was added exclusively. May its mask be changed to none, so that the set is quiet for a while?",
        &[
            ("0", "So it is with every other member. One that was added exclusively stays as it is."),
            ("EINVAL", "It has to be taken out, and added when it is wanted again."),
            ("ENOENT", "It is a member."),
        ],
        || epoll.modify(&listener, &mut event(EpollFlags::empty())),
    );
    epoll.delete(&listener)?;
    lesson.say("and a common member cannot be made exclusive");
    epoll.add(&listener, event(EpollFlags::EPOLLIN))?;
    let made = epoll.modify(&listener, &mut event(exclusive));
    epoll.delete(&listener)?;
    lesson.say("what it goes together with, and what not");
    let once = epoll.add(&listener, event(exclusive | EpollFlags::EPOLLONESHOT));
    let set = epoll.add(&inner.0, event(exclusive));
    let edge = epoll.add(&listener, event(exclusive | EpollFlags::EPOLLET));
    lesson.seen(
        "EPOLLEXCLUSIVE comes with ADD and goes with DEL; MOD, ONESHOT and sets as members are refused with EINVAL",
        [changed, made, once, set] == [Err(Errno::EINVAL); 4] && edge == Ok(()),
    );
    lesson.quietly(|| drop((listener, epoll, inner)));
    Ok(())
}
