//! Sets may be stacked five deep, and not in a circle: ELOOP.
//!
//! A wake-up climbs from a member through every set above it, on the kernel's stack and with each
//! set's lock. So the kernel walks the graph at every ADD of a set and refuses what would make the way
//! too long, or endless.
//!
//! Rests on: epoll_ctl(2), ELOOP ("a nesting depth … greater than 5"); Linux fs/eventpoll.c,
//! `ep_loop_check` and EP_MAX_NESTS, which is 4 and counts the steps between.

use std::io;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

/// Closes a circle of two sets, then stacks six.
pub fn nested_too_deep(lesson: &Lesson) -> io::Result<()> {
    let mut sets = Vec::new();
    for name in ["first", "second", "third", "fourth", "fifth", "sixth"] {
        let set = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
        lesson.name(&set.0, name);
        sets.push(set);
    }
    let into = |outer: usize, inner: usize| sets[outer].add(&sets[inner].0, EpollEvent::new(EpollFlags::EPOLLIN, 0));

    into(1, 0)?;
    let circle = lesson.predict(
        "The first set is in the second. May the second be put into the first?",
        &[
            ("0", "Then a wake-up of either would wake the other, for ever."),
            ("ELOOP", ""),
            ("EINVAL", "So it says to a set that is to be its own member. This circle has two."),
        ],
        || into(0, 1),
    );
    lesson.say("a stack instead: each set holds the one before");
    let stacked: Vec<_> = (2..6).map(|outer| into(outer, outer - 1)).collect();
    lesson.seen(
        "a circle is refused with ELOOP, and so is the sixth set on top of five",
        circle == Err(Errno::ELOOP) && stacked == [Ok(()), Ok(()), Ok(()), Err(Errno::ELOOP)],
    );
    lesson.quietly(|| drop(sets));
    Ok(())
}
