//! A client that goes away can end the server: with SIGPIPE, for which nobody asked.
//!
//! A write to a client that has gone is told EPIPE, and with the error comes a signal whose default is to end the
//! process. Every Rust program ignores SIGPIPE before `main`; a C program must say so itself, or ask with each
//! send: MSG_NOSIGNAL. A loop that takes any error of `epoll_wait` for its end has the same weakness on its other
//! side: each signal with a handler ends it, with EINTR (signal(7)).
//!
//! Rests on: send(2), EPIPE; signal(7); Linux net/unix/af_unix.c, `unix_stream_sendmsg`.

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, write};

/// Writes to a client that has gone, as a Rust program does and as a C program does.
pub fn one_client_ends_all(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    drop(client);
    lesson.say("in a Rust program SIGPIPE is ignored");
    let ignored = write(&server, b"answer");

    // SAFETY: the child makes system calls only, and ends without running anything of ours.
    let ForkResult::Parent { child } = (unsafe { fork() })? else {
        lesson.say("the same in a process with the default, as a C program begins");
        // SAFETY: no handler is installed, and this process has no thread that could mind.
        let default = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
        let _ = default.map(|_| write(&server, b"answer"));
        // SAFETY: ends this process; nothing is owed to anybody.
        unsafe { libc::_exit(0) }
    };
    let mut ended = None;
    lesson.ask(
        "How did that process end?",
        &[
            ("killed by SIGPIPE", ""),
            ("with an exit code", "It would have, had the write returned: nothing came after it but the exit."),
        ],
        || {
            ended = waitpid(child, None).ok();
            match ended {
                Some(WaitStatus::Signaled(_, Signal::SIGPIPE, _)) => "killed by SIGPIPE",
                _ => "with an exit code",
            }
        },
    );
    lesson.observe(
        "C177",
        "one write to a client that has gone ends a server that neither ignores SIGPIPE nor sends with MSG_NOSIGNAL",
        ignored == Err(nix::Error::EPIPE) && matches!(ended, Some(WaitStatus::Signaled(_, Signal::SIGPIPE, _))),
    );
    lesson.quietly(|| drop(server));
    Ok(())
}
