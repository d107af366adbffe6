//! For two descriptors epoll costs about what poll costs: it is only more to write.
//!
//! The waits cost about the same, as both are one call that looks at next to nothing. What epoll adds is
//! a descriptor of its own and a call for each member, once. So a program with two connections
//! loses nothing by it, as long as it does not build the set anew for each wait.
//!
//! Rests on: Linux fs/select.c, `do_sys_poll`; fs/eventpoll.c, `ep_poll`.

use std::io;
use std::os::fd::AsRawFd;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::cost;

/// Waits for two counters, of which one is ready, both ways; then with a set made for each wait.
pub fn two_descriptors(lesson: &Lesson) -> io::Result<()> {
    let make = |value| lesson.quietly(|| EventFd::from_value_and_flags(value, EfdFlags::EFD_CLOEXEC));
    let (ready, idle) = (make(1)?, make(0)?);
    lesson.name(&ready, "ready");
    lesson.name(&idle, "idle");
    let set = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&set.0, "epoll");
    set.add(&ready, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    set.add(&idle, EpollEvent::new(EpollFlags::EPOLLIN, 1))?;
    set.wait(&mut [EpollEvent::empty(); 2], EpollTimeout::ZERO)?;
    let members = [ready.as_raw_fd(), idle.as_raw_fd()];
    let mut entries = cost::entries(&members);

    lesson.say("a wait, a poll, and a wait that puts its members into the set first and takes them out after");
    lesson.say("it is measured unobserved, in processor time of this thread, the median of 41 rounds");
    let other = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    let [waited, polled, anew] = cost::medians(
        41,
        [
            (200, &mut || cost::wait(&set).map(drop)),
            (200, &mut || cost::poll(&mut entries).map(drop)),
            (200, &mut || {
                members.iter().try_for_each(|&member| cost::control(&other, libc::EPOLL_CTL_ADD, member))?;
                cost::wait(&other)?;
                members.iter().try_for_each(|&member| cost::control(&other, libc::EPOLL_CTL_DEL, member))
            }),
        ],
    )?;
    let dearer = lesson.ask(
        "How many times as much as a poll of the two does the epoll_wait cost?",
        &[
            ("less than 3 times", "Both are one call that looks at next to nothing."),
            ("3 to 20 times", "epoll's calls are more to write, but the waits are not more to do."),
            ("more than 20 times", "Among ten thousand descriptors it is so, and the dear one is poll (wake_cost)."),
        ],
        || cost::times(waited, polled),
    );
    lesson.observe(
        "C106",
        "for two descriptors an epoll_wait costs less than 3 times what a poll costs",
        dearer == "less than 3 times",
    );
    lesson.seen("a set that is filled and emptied around each wait costs more than a poll", anew > polled);
    lesson.quietly(|| drop((ready, idle, set, other)));
    Ok(())
}
