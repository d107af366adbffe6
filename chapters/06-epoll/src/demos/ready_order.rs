//! Events come in the order in which the descriptors became ready, not in that of their numbers or registrations.
//!
//! The kernel keeps two structures. The interest list is a red-black tree, ordered by file and number, so
//! that `epoll_ctl` finds a member quickly. The ready list is a plain list: a member is hooked to its end when it
//! becomes ready, unless it is in it already. A wait walks the second and never the first: therefore what
//! it costs depends on how many are ready, and not on how many are registered.
//!
//! Rests on: fs/eventpoll.c, `struct eventpoll` (`rbr`, `rdllist`), `ep_rbtree_insert`, `ep_poll_callback`,
//! `ep_send_events`. The tree cannot be seen from outside; the list's order can.

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

const ANNA: u64 = 0;
const BERT: u64 = 1;
const CARL: u64 = 2;

/// Registers three in one order, and lets them become ready in another.
pub fn ready_order(lesson: &Lesson) -> io::Result<()> {
    let (anna_client, anna) = lesson.quietly(UnixStream::pair)?;
    let (bert_client, bert) = lesson.quietly(UnixStream::pair)?;
    let (carl_client, carl) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&anna, "anna");
    lesson.name(&bert, "bert");
    lesson.name(&carl, "carl");
    lesson.name(&anna_client, "anna's client");
    lesson.name(&bert_client, "bert's client");
    lesson.name(&carl_client, "carl's client");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&anna, EpollEvent::new(EpollFlags::EPOLLIN, ANNA))?;
    epoll.add(&bert, EpollEvent::new(EpollFlags::EPOLLIN, BERT))?;
    epoll.add(&carl, EpollEvent::new(EpollFlags::EPOLLIN, CARL))?;

    write(&carl_client, b"first")?;
    write(&anna_client, b"second")?;
    write(&bert_client, b"third")?;
    lesson.say("and carl's client writes once more");
    write(&carl_client, b"fourth")?;
    let mut events = [EpollEvent::empty(); 8];
    let choices = [
        (
            "anna: IN, bert: IN, carl: IN",
            "So poll would answer, which walks its array. This list is in the order of readiness.",
        ),
        (
            "carl: IN, anna: IN, bert: IN",
            "The order in which they became ready; carl's second message found it on the list.",
        ),
        (
            "anna: IN, bert: IN, carl: IN, carl: IN",
            "The list keeps neither the order of registration nor a count of arrivals.",
        ),
        ("carl: IN, anna: IN, bert: IN, carl: IN", "A member is on the list once, however much has come."),
    ];
    let count = lesson.predict("In which order does the wait report them?", &choices, || {
        epoll.wait(&mut events, EpollTimeout::ZERO)
    })?;
    let order: Vec<u64> = events[..count].iter().map(EpollEvent::data).collect();
    lesson.observe(
        "C157",
        "the ready ones stand in a list of their own, in the order in which they became ready, each once",
        order == [CARL, ANNA, BERT],
    );
    Ok(())
}
