//! A queued signal outlives its descriptor: si_fd may name a socket that was opened since.
//!
//! `si_fd` is a number and holds nothing open. To close the descriptor takes no signal out of the queue, and the
//! number goes to whoever opens next. So an event about a client who has left is taken for
//! one about his successor. What you learn from `si_fd` is where to look, never what you will find: read
//! until EAGAIN, and be ready for EBADF. (epoll has a trap of its own here: chapter 06.)
//!
//! Rests on: Linux fs/fcntl.c, `send_sigio_to_task` (`si.si_fd = fd`); open(2), "the lowest-numbered file
//! descriptor not currently open".

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// One client leaves, another comes, and the signal is of the first.
pub fn stale_si_fd(lesson: &Lesson) -> io::Result<()> {
    let (old_client, old) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&old_client, "old client");
    lesson.name(&old, "old server");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    lesson.quietly(|| {
        set_signal(&old, libc::SIGRTMIN())?;
        set_owner(&old, getpid())?;
        fcntl(&old, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))
    })?;

    write(&old_client, b"goodbye")?;
    lesson.say("before we take the signal the old connection is closed, and a new one made");
    let number = old.as_raw_fd();
    drop(old);
    // The lowest free number is the one that was closed just now.
    let (new, new_client) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&new, "new server");
    lesson.name(&new_client, "new client");
    lesson.quietly(|| fcntl(&new, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)))?;
    let taken = events.wait()?;
    let choices = [
        ("\"goodbye\"", "That went to the old socket, and was thrown away when it was closed."),
        ("EBADF", "So it would be, had nobody opened anything since. The number has a new owner."),
        ("EAGAIN", ""),
    ];
    let got = lesson.predict("POLL_IN, says the signal. What does a read of its si_fd return?", &choices, || {
        read(&new, &mut [0; 16])
    });
    lesson.observe(
        "C044",
        "si_fd is a number: when the signal is taken it may be another descriptor's than when it was sent",
        taken.fd == number && new.as_raw_fd() == number && got == Err(Error::EAGAIN),
    );
    lesson.quietly(|| drop((old_client, new, new_client)));
    Ok(())
}
