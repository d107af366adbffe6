//! A wait costs about the same with ten members as with ten thousand; a poll asks all ten thousand, every time.
//!
//! poll asks each of its entries, every time: copied in, looked at, copied out. epoll_wait asks only those
//! that have called: a member's wake-up puts it into the ready list, and the wait takes the list
//! from its head. What is idle is not touched at all. So the price of a wait grows with what is ready,
//! not with what is watched.
//!
//! Rests on: Linux fs/select.c, `do_poll`; fs/eventpoll.c, `ep_poll_callback` and `ep_send_events`.

use std::io;
use std::os::fd::AsRawFd;

use lab::{Kernel, Lesson};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::cost;

const FEW: usize = 10;
const MANY: usize = 10_000;

/// Waits for one ready counter among ten, and among ten thousand, both ways.
pub fn wake_cost(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::Descriptors(MANY as u64 + 100))?;
    lesson.quietly(cost::raise_limit)?;
    let ready = lesson.quietly(|| EventFd::from_value_and_flags(1, EfdFlags::EFD_CLOEXEC))?;
    lesson.name(&ready, "ready");
    let idle = cost::idle_counters(MANY - 1)?;
    let small = set_of(lesson, "set of ten", &ready, &idle[..FEW - 1])?;
    let large = set_of(lesson, "set of ten thousand", &ready, &idle)?;
    let mut descriptors = vec![ready.as_raw_fd()];
    descriptors.extend(&idle);
    let mut few = cost::entries(&descriptors[..FEW]);
    let mut many = cost::entries(&descriptors);

    lesson.say("ten members and ten thousand; one is ready");
    let reported = [&small, &large].map(|set| set.wait(&mut [EpollEvent::empty(); 8], EpollTimeout::ZERO));
    lesson.say("what follows is measured unobserved, in processor time of this thread, the median of 41 rounds");
    let [wait_small, wait_large, poll_few, poll_many] = cost::medians(
        41,
        [
            (200, &mut || cost::wait(&small).map(drop)),
            (200, &mut || cost::wait(&large).map(drop)),
            (200, &mut || cost::poll(&mut few).map(drop)),
            (3, &mut || cost::poll(&mut many).map(drop)),
        ],
    )?;

    let choices = [
        ("less than 3 times", "Who is idle is not looked at: the wait takes the list of those that called."),
        ("3 to 20 times", "There is a tree of members, whose depth grows so. But only epoll_ctl searches it."),
        ("more than 20 times", "So it is where the idle are asked: the poll of the same ten thousand."),
    ];
    let waits =
        lesson.ask("How many times as long does epoll_wait take with 10,000 members as with 10?", &choices, || {
            cost::times(wait_large, wait_small)
        });
    let choices = [
        ("less than 3 times", "That is epoll_wait. poll comes with its list, and the kernel has to ask each entry."),
        ("3 to 20 times", "The fixed price of a call hides some of it, but not so much."),
        ("more than 20 times", "Each entry is copied in, asked and copied out, ready or not."),
    ];
    let polls = lesson.ask("And poll?", &choices, || cost::times(poll_many, poll_few));
    lesson.observe(
        "C162",
        "with 10,000 members an epoll_wait takes less than 3 times as long as with 10, a poll more than 20 times",
        reported == [Ok(1), Ok(1)] && waits == "less than 3 times" && polls == "more than 20 times",
    );
    lesson.observe(
        "C011",
        "readiness scales where the kernel keeps the list: among 10,000 descriptors a poll takes more than 20 times as \
         long as an epoll_wait",
        cost::times(poll_many, wait_large) == "more than 20 times",
    );
    lesson.observe(
        "C163",
        "which descriptors are watched is told with epoll_ctl alone; a wait takes no list, and its price does not grow \
         with the list",
        waits == "less than 3 times",
    );
    lesson.quietly(|| drop((ready, small, large)));
    Ok(())
}

fn set_of(lesson: &Lesson, name: &str, ready: &EventFd, idle: &[i32]) -> io::Result<Epoll> {
    let set = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&set.0, name);
    lesson.quietly(|| set.add(ready, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    idle.iter().try_for_each(|&member| cost::control(&set, libc::EPOLL_CTL_ADD, member))?;
    Ok(set)
}
