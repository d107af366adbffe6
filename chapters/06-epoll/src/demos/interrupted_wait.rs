//! A handler makes epoll_wait fail with EINTR, SA_RESTART or not; the loop has to go round again.
//!
//! epoll_wait has a timeout, and started again it would wait its whole time anew: so the kernel never
//! restarts it. EINTR is no failure, it says that a handler ran: look at what it has set, reckon
//! how much of the timeout is left, and wait again.
//!
//! Rests on: epoll_wait(2), EINTR; signal(7), "Interruption of system calls"; Linux fs/eventpoll.c,
//! `ep_poll` (it returns EINTR itself, not the code for a restart).

use std::io;
use std::os::unix::net::UnixStream;
use std::process;
use std::thread;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{gettid, write};

/// Interrupts a wait that has no timeout, and comes with data to the next.
pub fn interrupted_wait(lesson: &Lesson) -> io::Result<()> {
    extern "C" fn nothing(_: i32) {}
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: a handler that does nothing may run at any point.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    let (process, sleeper) = (process::id().cast_signed(), gettid().as_raw());
    let mut events = [EpollEvent::empty(); 4];

    thread::scope(|scope| {
        lesson.peer(scope, "peer", |turn| {
            // SAFETY: integers only.
            Errno::result(unsafe { libc::tgkill(process, sleeper, libc::SIGUSR1) })?;
            turn.next();
            Ok(write(&client, b"!").map(drop)?)
        });
        let broken = lesson.predict(
            "A wait without a timeout, a signal whose handler has SA_RESTART. What does the wait return?",
            &[
                ("broken off by a signal; the kernel starts it again", "A read would be. epoll_wait never is."),
                ("EINTR", ""),
                ("nothing", "Nothing is the answer to a timeout. There was none."),
            ],
            || epoll.wait(&mut events, EpollTimeout::NONE),
        );
        let again = epoll.wait(&mut events, EpollTimeout::NONE);
        lesson.observe(
            "C081",
            "besides EBADF, EINVAL and EFAULT (wait_errors) there is EINTR: a handler ends the wait, SA_RESTART or not",
            (broken, again) == (Err(Errno::EINTR), Ok(1)),
        );
    });
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}
