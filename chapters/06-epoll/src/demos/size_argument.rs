//! epoll_create's size means nothing, must be positive all the same, and DEL's event is not looked at.
//!
//! Both are the remains of a first version. The size told the kernel how much room to make; since Linux 2.6.8 it
//! is ignored, and only looked at to see that it is positive. DEL wanted a pointer to an event before 2.6.9, and
//! never used it. `epoll_create1`, which has flags in place of the size, is the one to call: EPOLL_CLOEXEC keeps
//! the set out of programs that are started.
//!
//! Rests on: epoll_create(2), NOTES and ERRORS; epoll_ctl(2), BUGS; Linux fs/eventpoll.c, `epoll_create`
//! and `ep_op_has_event`.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::write;

/// Makes a set of size 1 and puts three sockets into it.
pub fn size_argument(lesson: &Lesson) -> io::Result<()> {
    let pairs = lesson.quietly(|| (0..3).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>())?;
    for ((_, server), name) in pairs.iter().zip(["first", "second", "third"]) {
        lesson.name(server, name);
    }
    lesson.say("a set of size 1");
    // Not in the transcript: newer architectures do not have the call, and their C library makes epoll_create1 of it.
    let epoll = lesson.quietly(|| create(1))?;
    lesson.name(&epoll.0, "epoll");
    for ((_, server), data) in pairs.iter().zip(0..) {
        epoll.add(server, EpollEvent::new(EpollFlags::EPOLLIN, data))?;
    }
    lesson.quietly(|| pairs.iter().try_for_each(|(client, _)| write(client, b"!").map(drop)))?;
    let reported = epoll.wait(&mut [EpollEvent::empty(); 8], EpollTimeout::ZERO)?;
    let none = lesson.ask(
        "The size is ignored. What does epoll_create(0) say, then?",
        &[
            ("it makes a set", "It would, were it ignored altogether. Its sign is looked at, for old programs' sake."),
            ("EINVAL", "Old programs on old kernels had to give a positive one, so new kernels insist."),
        ],
        || match lesson.quietly(|| create(0)) {
            Ok(_) => "it makes a set".to_owned(),
            Err(errno) => format!("{errno:?}"),
        },
    );
    lesson.observe(
        "C073",
        "three members fit into a set of size 1; a size of 0 is refused with EINVAL",
        reported == 3 && none == "EINVAL",
    );

    let bits = EpollCreateFlags::from_bits_retain(1);
    let unknown = Epoll::new(bits).map(drop);
    lesson.say("a process that may have no further descriptor");
    let full = without_descriptors(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map(drop))?;
    lesson.observe(
        "C074",
        "besides ENOMEM, epoll_create says EINVAL to a size or flags that it does not know, and EMFILE where no \
         descriptor is left",
        unknown == Err(Errno::EINVAL) && full == Err(Errno::EMFILE),
    );

    lesson.say("DEL with no event, and with one that ADD would refuse");
    let deleted = epoll.delete(&pairs[0].1);
    let bits = libc::EPOLLEXCLUSIVE | libc::EPOLLONESHOT;
    let mut nonsense = libc::epoll_event { events: bits as u32, u64: u64::MAX };
    let (set, member) = (epoll.0.as_raw_fd(), pairs[1].1.as_raw_fd());
    // SAFETY: the event is valid for the call.
    let ignored = unsafe { libc::epoll_ctl(set, libc::EPOLL_CTL_DEL, member, &raw mut nonsense) };
    lesson.observe("C076", "EPOLL_CTL_DEL does not look at the event", deleted == Ok(()) && ignored == 0);
    lesson.quietly(|| drop((pairs, epoll)));
    Ok(())
}

fn create(size: i32) -> nix::Result<Epoll> {
    // SAFETY: an integer only; the descriptor that comes back is nobody else's.
    Errno::result(unsafe { libc::epoll_create(size) }).map(|number| Epoll(unsafe { OwnedFd::from_raw_fd(number) }))
}

/// Makes `call` while the process may have no further descriptor.
fn without_descriptors<T>(call: impl FnOnce() -> T) -> nix::Result<T> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, 0, hard)?;
    let answer = call();
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard)?;
    Ok(answer)
}
