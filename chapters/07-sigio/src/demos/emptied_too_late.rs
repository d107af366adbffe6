//! Ask first and empty the queue after, and what came in between is lost: without an alarm this time.
//!
//! To recover from an overflow is two steps, and their order looks like a matter of taste. It is not. What
//! arrives after the question is queued, as there is room again; and then it is thrown away with the rest. There was
//! no overflow, so no SIGIO comes, and the client waits until it happens to send again.
//!
//! Rests on: the run; `recover_from_overflow` is the right order.
//! Needs: a user namespace of its own (see `overflow`).

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::{Kernel, Lesson};
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, own_count, set_owner, set_signal};

/// Two messages, room for one signal, and a third message while the server recovers.
pub fn emptied_too_late(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, 1, 1)?;
    lesson.say("no more than 1 signal may be queued");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    let all = Signals::of(&[libc::SIGRTMIN(), libc::SIGIO]);
    all.block()?;
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    lesson.quietly(|| {
        set_signal(&server, libc::SIGRTMIN())?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))
    })?;
    let mut buffer = [0; 16];

    write(&client, b"one")?;
    // The first of two takes the place; the signal of the second becomes SIGIO.
    write(&client, b"two")?;
    let alarm = all.wait()?;
    let queued = all.wait()?;
    lesson.say("the wrong way round: ask, and read");
    poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)?;
    let old = read(&server, &mut buffer)?;
    let over = read(&server, &mut buffer);
    lesson.say("now the client sends again");
    write(&client, b"three")?;
    lesson.say("and then empty the queue");
    while events.wait_at_most(Duration::ZERO).is_ok() {}
    let choices = [
        ("SIGIO", "Nothing overflowed: the signal had its place, and was taken out of it."),
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd server", "That was its signal, and it is thrown away."),
        ("EAGAIN", ""),
    ];
    let silent =
        lesson.predict("The third message is unread. What tells of it?", &choices, || all.wait_at_most(Duration::ZERO));
    let unread = poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)?;
    lesson.seen(
        "what came between the question and the emptying is readable, and nothing says so",
        (alarm.signal, queued.signal) == (libc::SIGIO, libc::SIGRTMIN())
            && (old, over) == (6, Err(Error::EAGAIN))
            && (silent, unread) == (Err(Error::EAGAIN), 1),
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}
