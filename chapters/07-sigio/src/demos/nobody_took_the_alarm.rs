//! Forget SIGIO, and the first overflow kills the process: that is its default action.
//!
//! A server that names a real-time signal may think that it has done with SIGIO. It has not: the kernel
//! sends it when the queue is full. Whoever neither blocks it nor handles it is terminated by it, without a word, on
//! the busiest day. Elsewhere SIGIO is ignored by default; Linux and POSIX (as SIGPOLL) terminate.
//!
//! Rests on: signal(7), "Standard signals" (SIGIO: Term; "ignored by default on several other UNIX systems").
//! Needs: a user namespace of its own (see `overflow`).

use std::io;
use std::os::unix::net::UnixStream;

use lab::{Kernel, Lesson};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid, write};

use crate::signals::{Signals, own_count, set_owner, set_signal};

/// A server in a process of its own, with room for one signal.
pub fn nobody_took_the_alarm(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    lesson.say("a server with room for 1 signal; it blocks SIGRTMIN, and thinks of nothing else");
    // SAFETY: there is one thread, so the child may do anything.
    let child = match unsafe { fork() }? {
        ForkResult::Child => {
            let served = serve(lesson);
            // SAFETY: ends the child, with nothing left to flush.
            unsafe { libc::_exit(served.is_err().into()) }
        }
        ForkResult::Parent { child } => child,
    };
    let choices = [
        (
            "exited with 0",
            "It would, had SIGIO been blocked too, or handled. Nobody did, and its default action is to terminate.",
        ),
        ("killed by SIGIO", ""),
        (
            "killed by SIGRTMIN",
            "That is blocked. (Its default action is the same, so the order matters: block first, arm later.)",
        ),
    ];
    let mut status = None;
    lesson.ask("Two messages come. What becomes of the server?", &choices, || {
        status = waitpid(child, None).ok();
        match status {
            Some(WaitStatus::Signaled(_, Signal::SIGIO, _)) => "killed by SIGIO".to_owned(),
            Some(WaitStatus::Exited(_, code)) => format!("exited with {code}"),
            _ => "something else".to_owned(),
        }
    });
    lesson.seen(
        "the alarm ends a process that neither blocks nor handles SIGIO",
        matches!(status, Some(WaitStatus::Signaled(_, Signal::SIGIO, _))),
    );
    Ok(())
}

fn serve(lesson: &Lesson) -> io::Result<()> {
    setrlimit(Resource::RLIMIT_SIGPENDING, 1, 1)?;
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    Signals::of(&[libc::SIGRTMIN()]).block()?;
    set_signal(&server, libc::SIGRTMIN())?;
    set_owner(&server, getpid())?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    write(&client, b"one")?;
    write(&client, b"two")?;
    Ok(())
}
