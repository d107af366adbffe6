//! A program that is stopped and continued finds its epoll_wait failed with EINTR, though it handles no signal.
//!
//! Ctrl-Z and `fg` are enough. No handler runs, and yet the wait is over; most other calls go on as if nothing
//! had been. So a loop that takes EINTR for "one of my handlers ran", or for a failure, is wrong: wait
//! again.
//!
//! epoll_wait(2) says of EINTR: "The call was interrupted by a signal handler". signal(7) has the rest:
//! "even in the absence of signal handlers, certain blocking interfaces can fail with the error EINTR after
//! the process is stopped by one of the stop signals and then resumed via SIGCONT".
//!
//! Rests on: signal(7), "Interruption of system calls and library functions by stop signals"; Linux
//! fs/eventpoll.c, `ep_poll` (EINTR as soon as a signal is pending, of whatever kind).

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{ForkResult, fork, pipe, read, write};

/// Stops and continues a child that sleeps in a wait.
pub fn stop_and_continue(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let (coming, going) = lesson.quietly(pipe)?;
    lesson.name(&coming, "pipe's reader");
    lesson.name(&going, "pipe's writer");

    // SAFETY: the child makes three calls, and ends without running anything of its parent's.
    let child = match unsafe { fork() }? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let told = write(&going, b"waiting").is_ok();
            let waited = epoll.wait(&mut [EpollEvent::empty(); 4], EpollTimeout::NONE);
            let interrupted = waited == Err(Errno::EINTR);
            let told = told && write(&going, if interrupted { b"EINTR" } else { b"other" }).is_ok();
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(i32::from(!told)) }
        }
    };
    let mut buffer = [0; 16];
    read(&coming, &mut buffer)?;
    kill(child, Signal::SIGSTOP)?;
    waitpid(child, Some(WaitPidFlag::WUNTRACED))?;
    let choices = [
        (
            "it goes on",
            "So do most calls. But epoll_wait looks whether a signal is pending, not whether anybody handles it.",
        ),
        ("it fails with EINTR", "The stop ended it; SIGCONT lets the process see it."),
    ];
    let question = "The child handles no signal. Stopped in its wait, it is continued. What becomes of the wait?";
    let became = lesson.ask(question, &choices, || {
        let told = kill(child, Signal::SIGCONT).and_then(|()| read(&coming, &mut buffer));
        if told == Ok(5) && buffer.starts_with(b"EINTR") { "it fails with EINTR" } else { "it goes on" }
    });
    waitpid(child, None)?;
    lesson.seen(
        "a stop and a SIGCONT end an epoll_wait with EINTR, with no handler anywhere",
        became == "it fails with EINTR",
    );
    lesson.quietly(|| drop((client, server, epoll, coming, going)));
    Ok(())
}
