//! A member of a set is a number and a file description together: added once, changed only where it is.
//!
//! ADD of what is there fails with EEXIST, MOD and DEL of what is not there with ENOENT: the kernel
//! never guesses which of the two was meant. A duplicate is another number, and so another member, with
//! an event of its own for the same bytes. That two lists disagree, yours and the kernel's, is
//! found out by these two errors first: treat them as news, not as noise.
//!
//! Rests on: epoll_ctl(2), ERRORS; epoll(7), Q1 and Q2; Linux fs/eventpoll.c, `ep_find` and
//! `ep_cmp_ffd`.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::ptr;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

/// Asks for the same change twice, for one too early, and for those that make no sense.
pub fn refused_changes(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let readable = |data| EpollEvent::new(EpollFlags::EPOLLIN, data);

    let early = epoll.modify(&server, &mut readable(0));
    let never = epoll.delete(&server);
    epoll.add(&server, readable(0))?;
    let twice = epoll.add(&server, readable(0));
    let duplicate = lesson.quietly(|| server.try_clone())?;
    lesson.name(&duplicate, "duplicate");
    let again = lesson.predict(
        "server is a member. Is its duplicate, the same socket by another number, refused too?",
        &[
            ("EEXIST", "Only the same number with the same description behind it is the same member."),
            ("0", "Another number makes it another member."),
        ],
        || epoll.add(&duplicate, readable(1)),
    );
    write(&client, b"!")?;
    let mut events = [EpollEvent::empty(); 4];
    let reported = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    lesson.seen("one byte, two members, two events", again == Ok(()) && reported == 2);

    lesson.say("and changes that no set takes");
    let event = readable(0);
    let closed = change(epoll.0.as_raw_fd(), libc::EPOLL_CTL_ADD, -1, Some(event));
    let itself = change(epoll.0.as_raw_fd(), libc::EPOLL_CTL_ADD, epoll.0.as_raw_fd(), Some(event));
    let no_set = change(client.as_raw_fd(), libc::EPOLL_CTL_ADD, server.as_raw_fd(), Some(event));
    let no_event = change(epoll.0.as_raw_fd(), libc::EPOLL_CTL_MOD, server.as_raw_fd(), None);
    lesson.observe(
        "C077",
        "besides EBADF, EPERM, EINVAL and ENOMEM epoll_ctl fails with EEXIST, ENOENT and EFAULT, and with ELOOP \
         (nested_too_deep)",
        [twice, early, never] == [Err(Errno::EEXIST), Err(Errno::ENOENT), Err(Errno::ENOENT)]
            && [closed, itself, no_set] == [Err(Errno::EBADF), Err(Errno::EINVAL), Err(Errno::EINVAL)]
            && no_event == Err(Errno::EFAULT),
    );
    lesson.quietly(|| drop((client, server, duplicate, epoll)));
    Ok(())
}

/// The call itself: nix would let nobody give it such numbers.
fn change(set: RawFd, operation: i32, member: RawFd, event: Option<EpollEvent>) -> nix::Result<()> {
    let mut event = event.map(|event| libc::epoll_event { events: event.events().bits() as u32, u64: event.data() });
    let event = event.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
    // SAFETY: `event` is null, which the kernel refuses, or valid for the call.
    Errno::result(unsafe { libc::epoll_ctl(set, operation, member, event) }).map(drop)
}
