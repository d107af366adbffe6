//! A change costs about the same in a large set as in a small one, but it is a call, and each member needs one.
//!
//! The members are a red-black tree: ten thousand of them are fourteen steps deep, ten are four. So
//! ADD and DEL do not go through a list. What they cost is the call and the member's own registration with its
//! object: to build a set of ten thousand takes longer than to poll all of them once. epoll earns
//! that back with the waits. A program that would change its set before each wait has bought the
//! wrong thing, and there is no call that takes many changes (kqueue has one).
//!
//! Rests on: Linux fs/eventpoll.c, `ep_rbtree_insert`, `ep_find` and `ep_insert`.

use std::io;

use lab::{Kernel, Lesson};
use nix::sys::epoll::{Epoll, EpollCreateFlags};

use crate::cost;

const FEW: usize = 10;
const MANY: usize = 10_000;

/// Takes a member out and puts it in again, in a set of ten and in one of ten thousand.
pub fn control_cost(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::Descriptors(MANY as u64 + 100))?;
    lesson.quietly(cost::raise_limit)?;
    let idle = cost::idle_counters(MANY)?;
    let new_set = || lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC));
    let (small, large, other) = (new_set()?, new_set()?, new_set()?);
    let all = |set: &Epoll, operation, members: &[i32]| -> io::Result<()> {
        members.iter().try_for_each(|&member| cost::control(set, operation, member))
    };
    all(&small, libc::EPOLL_CTL_ADD, &idle[..FEW])?;
    all(&large, libc::EPOLL_CTL_ADD, &idle)?;
    let change = |set: &Epoll, member| {
        cost::control(set, libc::EPOLL_CTL_DEL, member)?;
        cost::control(set, libc::EPOLL_CTL_ADD, member)
    };

    lesson.say("a set of ten and one of ten thousand; a member is taken out and put in again");
    lesson.say("it is measured unobserved, in processor time of this thread, the median of 41 rounds");
    let [in_small, in_large] = cost::medians(
        41,
        [(100, &mut || change(&small, idle[FEW / 2])), (100, &mut || change(&large, idle[MANY / 2]))],
    )?;
    let changes = lesson.ask(
        "How many times as long does the change take in the large set?",
        &[
            ("less than 3 times", "The members are a tree: a thousand times as many are ten steps deeper."),
            ("3 to 20 times", "Ten more steps through a tree cost less than the call around them."),
            ("more than 20 times", "So it would be, were the members a list that is searched from its head."),
        ],
        || cost::times(in_large, in_small),
    );
    lesson.observe(
        "C085",
        "a member goes out of a set of 10,000 and in again in less than 3 times the time that it takes in a set of 10",
        changes == "less than 3 times",
    );

    lesson.say("now the whole of it, the median of 5 rounds: all into a set and out again, and all in one poll");
    let mut entries = cost::entries(&idle);
    let mut fill_and_empty = || {
        all(&other, libc::EPOLL_CTL_ADD, &idle)?;
        all(&other, libc::EPOLL_CTL_DEL, &idle)
    };
    let [filled, polled] =
        cost::medians(5, [(1, &mut fill_and_empty), (1, &mut || cost::poll(&mut entries).map(drop))])?;
    lesson.seen(
        "to fill and empty a set of 10,000 costs more than ten polls of as many: it is for sets that last",
        filled > 10 * polled,
    );
    lesson.quietly(|| drop((small, large, other)));
    Ok(())
}
