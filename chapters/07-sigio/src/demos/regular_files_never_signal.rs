//! A regular file accepts O_ASYNC, drops it without a word, and never signals.
//!
//! A regular file is always ready, so there is nothing to tell. What surprises is that nobody says so: F_SETFL
//! returns 0, and only F_GETFL betrays that the flag was not kept. ioctl's FIOASYNC is honest, and says ENOTTY to
//! whatever has no signals to send. Asked that way, the list of open(2) ("terminals,
//! pseudoterminals, sockets, and (since Linux 2.6) pipes and FIFOs") turns out too short: inotify sends them too. The
//! other descriptors that are events (epoll, eventfd, timerfd, signalfd) do not: they are for a common wait.
//!
//! Rests on: Linux fs/fcntl.c, `setfl` (calls `fasync` where there is one; O_ASYNC is not in `SETFL_MASK`);
//! fs/ioctl.c, `ioctl_fioasync` (ENOTTY where there is none); inotify(7), "signal-driven I/O".

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollCreateFlags};
use nix::sys::eventfd::EventFd;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::SigSet;
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::timerfd::{ClockId, TimerFd, TimerFlags};
use nix::unistd::{getpid, pipe, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// Arms a file, and then asks one descriptor of each kind.
pub fn regular_files_never_signal(lesson: &Lesson) -> io::Result<()> {
    let file = lesson.quietly(|| memfd_create("page", MFdFlags::MFD_CLOEXEC))?;
    lesson.name(&file, "file");
    let events = Signals::of(&[libc::SIGRTMIN(), libc::SIGIO]);
    events.block()?;
    set_signal(&file, libc::SIGRTMIN())?;
    set_owner(&file, getpid())?;
    let choices = [
        ("EINVAL", "It would be kind. But the kernel looks whether there is anything to call, and where not, goes on."),
        ("0", "Nobody refuses, and nobody will ever send."),
        ("EPERM", "That is what epoll says of a file (chapter 06)."),
    ];
    lesson.predict("A regular file. What does F_SETFL say to O_ASYNC?", &choices, || {
        fcntl(&file, FcntlArg::F_SETFL(OFlag::O_ASYNC))
    })?;
    let kept = OFlag::from_bits_retain(fcntl(&file, FcntlArg::F_GETFL)?).contains(OFlag::O_ASYNC);
    write(&file, b"a page")?;
    read(&file, &mut [0; 16])?;
    let silent = events.wait_at_most(Duration::ZERO);
    let refused = set_async(&file);
    lesson.observe(
        "C034",
        "a regular file sends no signal; F_SETFL takes O_ASYNC and drops it, ioctl with FIOASYNC says ENOTTY",
        !kept && silent == Err(Errno::EAGAIN) && refused == Err(Errno::ENOTTY),
    );
    lesson.quietly(|| drop(file));
    who_can(lesson)
}

fn who_can(lesson: &Lesson) -> io::Result<()> {
    let senders: [(&str, OwnedFd); 3] = lesson.quietly(|| {
        io::Result::Ok([("socket", UnixStream::pair()?.0.into()), ("pipe", pipe()?.0), ("inotify", inotify()?)])
    })?;
    let silent: [(&str, OwnedFd); 5] = lesson.quietly(|| {
        io::Result::Ok([
            ("directory", File::open("/")?.into()),
            ("epoll", Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?.0),
            ("eventfd", EventFd::new()?.into()),
            ("timerfd", TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)?.into()),
            ("signalfd", SignalFd::with_flags(&SigSet::empty(), SfdFlags::SFD_CLOEXEC)?.into()),
        ])
    })?;
    lesson.say("ioctl tells who has signals to send");
    let ask = |(name, descriptor): &(&str, OwnedFd)| {
        lesson.name(descriptor, name);
        set_async(descriptor)
    };
    let (can, cannot) = (senders.each_ref().map(ask), silent.each_ref().map(ask));
    lesson.seen(
        "sockets, pipes and inotify send signals; files, epoll, eventfd, timerfd and signalfd do not",
        can.iter().all(Result::is_ok) && cannot.iter().all(|answer| *answer == Err(Errno::ENOTTY)),
    );
    lesson.quietly(|| drop((senders, silent)));
    Ok(())
}

/// O_ASYNC by ioctl(2), which tells whether it can be.
fn set_async(descriptor: &impl AsFd) -> nix::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the request reads one int.
    Errno::result(unsafe { libc::ioctl(descriptor.as_fd().as_raw_fd(), libc::FIOASYNC, &raw const on) }).map(drop)
}

fn inotify() -> io::Result<OwnedFd> {
    // SAFETY: the call takes flags, and returns a new descriptor, which is ours.
    let new = Errno::result(unsafe { libc::inotify_init1(libc::IN_CLOEXEC) })?;
    // SAFETY: as above.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(new) })
}
