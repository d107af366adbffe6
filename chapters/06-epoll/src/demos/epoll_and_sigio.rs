//! A set cannot raise SIGIO. The kernel takes the request, says yes, and does nothing.
//!
//! SIGIO needs an object with a `fasync` operation: sockets, pipes and terminals have one, a
//! set has not. F_SETOWN sets an owner for any descriptor; F_SETFL drops O_ASYNC without a word where
//! there is nobody to hand it to. Only FIOASYNC, the same wish as an ioctl, is refused aloud. Who
//! wants both waits for the set in a thread, or asks the members themselves for signals.
//!
//! Rests on: open(2), O_ASYNC ("available only for terminals, pseudoterminals, sockets, and … pipes and
//! FIFOs"); Linux fs/fcntl.c, `setfl`; fs/ioctl.c, `ioctl_fioasync`; fs/eventpoll.c, `eventpoll_fops`.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::process;
use std::ptr;

use lab::Lesson;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::unistd::write;

/// Asks for a signal from a set, then from its member.
pub fn epoll_and_sigio(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let sigio = SigSet::from(Signal::SIGIO);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&sigio), None)?;

    own(&epoll.0)?;
    let asked = lesson.predict(
        "The set is asked to raise SIGIO. What does F_SETFL say to O_ASYNC?",
        &[
            ("0", "It takes it. Whether anything comes of it is another question."),
            ("EINVAL", "It would be honest. But F_SETFL drops flags that it cannot use without a word."),
            ("ENOTTY", "So says FIOASYNC, the same wish as an ioctl."),
        ],
        || fcntl(&epoll.0, FcntlArg::F_SETFL(OFlag::O_ASYNC)),
    );
    let flags = OFlag::from_bits_retain(fcntl(&epoll.0, FcntlArg::F_GETFL)?);
    let on = 1;
    // SAFETY: the kernel reads one int from `on`.
    let by_ioctl = Errno::result(unsafe { libc::ioctl(epoll.0.as_raw_fd(), libc::FIOASYNC, &raw const on) });
    write(&client, b"!")?;
    lesson.say("there is news in the set, and no signal of it");
    let ready = epoll.wait(&mut [EpollEvent::empty()], EpollTimeout::ZERO)?;
    let from_set = take_at_once(&sigio);

    lesson.say("its member, asked the same, does as it is told");
    own(&server)?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC))?;
    write(&client, b"!")?;
    let from_member = take_at_once(&sigio);
    lesson.observe(
        "C082",
        "a set raises no SIGIO: F_SETFL succeeds and leaves O_ASYNC off, FIOASYNC says ENOTTY, and no signal comes; \
         from the member one comes",
        asked.is_ok()
            && !flags.contains(OFlag::O_ASYNC)
            && by_ioctl == Err(Errno::ENOTTY)
            && (ready, from_set, from_member) == (1, Err(Errno::EAGAIN), Ok(libc::SIGIO)),
    );
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}

/// Makes this process the one to be signalled.
fn own(descriptor: &impl AsFd) -> nix::Result<()> {
    let owner = process::id().cast_signed();
    // SAFETY: integers only.
    Errno::result(unsafe { libc::fcntl(descriptor.as_fd().as_raw_fd(), libc::F_SETOWN, owner) }).map(drop)
}

/// Takes a blocked signal that is pending; EAGAIN where none is.
fn take_at_once(signals: &SigSet) -> nix::Result<i32> {
    // SAFETY: all zeroes is a valid timespec.
    let no_time: libc::timespec = unsafe { mem::zeroed() };
    // SAFETY: the set and the time are valid for the call; siginfo is not asked for.
    Errno::result(unsafe { libc::sigtimedwait(signals.as_ref(), ptr::null_mut(), &raw const no_time) })
}
