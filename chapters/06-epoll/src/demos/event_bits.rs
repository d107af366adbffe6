//! epoll's bits are poll's; HUP and ERR come unasked, RDHUP must be asked for, unknown bits are let in.
//!
//! A wait for nothing is still a wait for the end: the kernel adds ERR and HUP to every mask. A mask
//! of 0 therefore does not silence a descriptor whose peer has gone, and with level triggering a
//! loop that has nothing to ask of it spins: take it out of the set instead. The mask is not checked:
//! a bit that this kernel does not know is accepted, and means nothing.
//!
//! Rests on: epoll_ctl(2), EPOLLHUP, EPOLLERR, EPOLLRDHUP and BUGS ("no validity checks were performed");
//! poll(2) on POLLMSG; Linux include/uapi/linux/eventpoll.h; fs/eventpoll.c, `do_epoll_ctl`.

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::pipe;

/// The bits that both interfaces have, epoll's and poll's.
const PAIRS: [(i32, i16); 10] = [
    (libc::EPOLLIN, libc::POLLIN),
    (libc::EPOLLPRI, libc::POLLPRI),
    (libc::EPOLLOUT, libc::POLLOUT),
    (libc::EPOLLERR, libc::POLLERR),
    (libc::EPOLLHUP, libc::POLLHUP),
    (libc::EPOLLRDNORM, libc::POLLRDNORM),
    (libc::EPOLLRDBAND, libc::POLLRDBAND),
    (libc::EPOLLWRNORM, libc::POLLWRNORM),
    (libc::EPOLLWRBAND, libc::POLLWRBAND),
    (libc::EPOLLRDHUP, libc::POLLRDHUP),
];

/// The bit of a System V message, which Linux's libc has for epoll alone.
const POLLMSG: i32 = 0x400;

/// Asks for nothing, lets the other side go, and looks what is reported.
pub fn event_bits(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    let (reader, writer) = lesson.quietly(pipe)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let mut events = [EpollEvent::empty(); 4];

    lesson.say("members that are asked for nothing");
    epoll.add(&server, EpollEvent::new(EpollFlags::empty(), 0))?;
    epoll.add(&writer, EpollEvent::new(EpollFlags::empty(), 1))?;
    drop(client);
    let hung_up = lesson.predict(
        "The mask is empty, the client has closed. What does the wait report?",
        &[
            ("nothing", "Nothing was asked for. But HUP and ERR are in every mask; the kernel puts them there."),
            ("server: IN|HUP", "IN is reported to whoever asks for it. Nobody did."),
            ("server: HUP", "HUP comes unasked. The end of data, which is IN and RDHUP, does not."),
        ],
        || epoll.wait(&mut events, EpollTimeout::ZERO),
    )?;
    let hung_up = (hung_up, events[0].events());
    epoll.delete(&server)?;
    drop(reader);
    epoll.wait(&mut events, EpollTimeout::ZERO)?;
    let failed = events[0].events();
    epoll.delete(&writer)?;

    lesson.say("RDHUP is for whoever asks");
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP, 0))?;
    epoll.wait(&mut events, EpollTimeout::ZERO)?;
    let asked = events[0].events();
    lesson.observe(
        "C158",
        "HUP and ERR are reported though the mask is empty, IN and RDHUP only where they were asked for",
        hung_up == (1, EpollFlags::EPOLLHUP)
            && failed == EpollFlags::EPOLLERR
            && asked.contains(EpollFlags::EPOLLRDHUP),
    );

    lesson.say("a bit that means nothing");
    let unknown = EpollFlags::from_bits_retain(1 << 20);
    let let_in = epoll.modify(&server, &mut EpollEvent::new(EpollFlags::EPOLLIN | unknown, 0));
    lesson.seen("a bit that the kernel does not know is accepted", let_in == Ok(()));
    lesson.observe(
        "C078",
        "each bit that poll has is the same number in epoll, MSG among them, which Linux knows and never reports",
        PAIRS.iter().all(|&(of_epoll, of_poll)| of_epoll == i32::from(of_poll)) && libc::EPOLLMSG == POLLMSG,
    );
    lesson.quietly(|| drop((server, writer, epoll)));
    Ok(())
}
