//! With room for one event at a time, the ready members take turns.
//!
//! A level-triggered member that was told of goes to the end of the ready list, so a busy one cannot keep
//! the others out, however small the array. poll has no such memory: it scans its entries from the
//! first to the last, and a loop that serves only the first ready entry serves the same client for ever.
//!
//! Rests on: epoll_wait(2), NOTES ("successive epoll_wait() calls will round robin"); Linux
//! fs/eventpoll.c, `ep_send_events` (`list_add_tail`).

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

/// Three members stay ready; four waits have room for one event each.
pub fn round_robin(lesson: &Lesson) -> io::Result<()> {
    let pairs = lesson.quietly(|| (0..3).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>())?;
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    for (((peer, member), name), data) in pairs.iter().zip(["first", "second", "third"]).zip(0..) {
        lesson.name(member, name);
        lesson.quietly(|| {
            epoll.add(member, EpollEvent::new(EpollFlags::EPOLLIN, data))?;
            write(peer, b"!")
        })?;
    }
    let next = || -> nix::Result<u64> {
        let mut room_for_one = [EpollEvent::empty()];
        epoll.wait(&mut room_for_one, EpollTimeout::ZERO)?;
        Ok(room_for_one[0].data())
    };

    let mut told = vec![next()?];
    let second = lesson.predict(
        "Nobody has read anything: all three are still ready. Whom does the next wait report?",
        &[
            ("first: IN", "poll would. epoll has put the first at the end of its list."),
            ("second: IN", ""),
            (
                "nothing",
                "So it would be, were they edge-triggered and told of already. These are ready, and level-triggered.",
            ),
        ],
        next,
    )?;
    told.push(second);
    told.extend([next()?, next()?]);
    lesson.seen("whoever was told of goes to the end of the list: nobody is left out", told == [0, 1, 2, 0]);
    lesson.quietly(|| drop((pairs, epoll)));
    Ok(())
}
