//! poll refuses more entries than the process may have descriptors; a set has no such limit, but the user has one.
//!
//! select is bound to FD_SETSIZE, poll to RLIMIT_NOFILE: the kernel will not copy a longer array. A set
//! holds file descriptions, and what is in it stays in it when the limit falls. What bounds it is memory,
//! and `/proc/sys/fs/epoll/max_user_watches` over all sets of a user (ENOSPC).
//!
//! Rests on: poll(2), EINVAL; epoll(7), "/proc interfaces"; epoll_ctl(2), ENOSPC; Linux fs/select.c,
//! `do_sys_poll`; fs/eventpoll.c, `ep_insert` (`epoll_watches`).

use std::fs;
use std::io;
use std::os::fd::AsFd;

use lab::Lesson;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// How many members there are.
const MEMBERS: u64 = 12;
/// How many descriptors the process may have, after they were made.
const LIMIT: u64 = 8;

/// Makes more counters than the limit will allow, then lowers the limit.
pub fn no_descriptor_limit(lesson: &Lesson) -> io::Result<()> {
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let make = || EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC);
    let counters = lesson.quietly(|| (0..MEMBERS).map(|_| make()).collect::<nix::Result<Vec<_>>>())?;
    lesson.quietly(|| {
        let mut members = counters.iter().zip(0..);
        members.try_for_each(|(counter, data)| epoll.add(counter, EpollEvent::new(EpollFlags::EPOLLIN, data)))
    })?;
    let last = &counters[counters.len() - 1];
    lesson.name(last, "the last");
    let of_a_user = lesson.quietly(|| fs::read_to_string("/proc/sys/fs/epoll/max_user_watches"))?;
    let of_a_user: Option<u64> = of_a_user.trim().parse().ok();
    lesson.say("twelve members; and from here on the process may have eight descriptors");
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, LIMIT, hard)?;

    let mut entries = vec![PollFd::new(last.as_fd(), PollFlags::POLLIN); MEMBERS as usize];
    let polled = lesson.predict(
        "poll is given twelve entries. What does it say?",
        &[
            ("nothing", "It would, to up to eight. It is the length of the array that is judged, not what is in it."),
            ("EINVAL", "RLIMIT_NOFILE is the longest array that poll takes."),
            ("EMFILE", "That is for whoever wants one descriptor more. poll makes none."),
        ],
        || poll(&mut entries, PollTimeout::ZERO),
    );
    last.write(1)?;
    let waited = epoll.wait(&mut [EpollEvent::empty(); 4], EpollTimeout::ZERO)?;
    lesson.observe(
        "C105",
        "RLIMIT_NOFILE bounds the array that poll takes, and the descriptors of a process, not the members of a set",
        (polled, waited) == (Err(Errno::EINVAL), 1),
    );
    lesson.observe(
        "C156",
        "there is a limit all the same, on the members that a user has in all sets (max_user_watches, a share of memory)",
        of_a_user.is_some_and(|limit| limit > MEMBERS),
    );
    lesson.quietly(|| drop((epoll, counters)));
    Ok(())
}
