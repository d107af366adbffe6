//! When the queue is full the event is lost, and a plain SIGIO is the alarm: it overtakes all that is queued.
//!
//! RLIMIT_SIGPENDING says how many signals may be queued. An event that finds no room is thrown away, and in its
//! place the kernel sends SIGIO: a standard signal, which always has its one place. So SIGIO does not tell of
//! one more event. It says: "from here on I have lost count". And as the lower number is taken first, it comes
//! before the real-time signals that were queued long ago.
//!
//! Rests on: fcntl(2), `F_SETSIG` ("the kernel reverts to delivering SIGIO"); Linux fs/fcntl.c, `send_sigio_to_task`,
//! and kernel/signal.c, `__send_signal_locked` (EAGAIN). getrlimit(2) says of RLIMIT_SIGPENDING "the limit is
//! enforced only for sigqueue(3)": it is for these signals too.
//! Needs: a user namespace of its own, as other processes of the same user fill the same queue.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::{Kernel, Lesson};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{getpid, write};

use crate::signals::{Signals, own_count, set_owner, set_signal};

/// How many signals may be queued.
const ROOM: u64 = 4;

/// Six messages on six sockets, and room for four signals.
pub fn overflow(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, ROOM, ROOM)?;
    lesson.say(format!("no more than {ROOM} signals may be queued"));
    let signals = Signals::of(&[libc::SIGRTMIN(), libc::SIGIO]);
    signals.block()?;
    let pairs = lesson.quietly(|| (0..6).map(|_| armed_pair()).collect::<io::Result<Vec<_>>>())?;
    for (number, (client, server)) in pairs.iter().enumerate() {
        lesson.name(client, &format!("client {}", number + 1));
        lesson.name(server, &format!("server {}", number + 1));
    }

    lesson.say("six messages on six sockets");
    for (client, _) in &pairs {
        write(client, b"hello")?;
    }
    let choices = [
        (
            "SIGRTMIN: POLL_IN, band IN|RDNORM, fd server 1",
            "It was queued first. But signals are taken by number, and SIGIO's is below every real-time one.",
        ),
        ("SIGIO", "Two events were lost, and one place is enough to say so. It overtakes the four that were not."),
        ("EAGAIN", "An overflow throws away what does not fit. What is queued stays."),
    ];
    let alarm = lesson.predict("What comes first?", &choices, || signals.wait_at_most(Duration::ZERO))?;
    let queued: Vec<_> =
        std::iter::from_fn(|| signals.wait_at_most(Duration::ZERO).ok()).map(|taken| taken.fd).collect();
    lesson.observe(
        "C039",
        "a real-time signal that cannot be queued is lost, and plain SIGIO is sent instead, and taken first",
        (alarm.signal, alarm.code) == (libc::SIGIO, libc::SI_KERNEL)
            && queued == pairs[..4].iter().map(|(_, server)| server.as_raw_fd()).collect::<Vec<_>>(),
    );
    lesson.say("no more signals; and the last two?");
    let lost: Vec<_> = pairs[4..].iter().map(|(_, server)| server.as_fd()).collect();
    let mut entries = [lost[0], lost[1]].map(|server| PollFd::new(server, PollFlags::POLLIN));
    let readable = poll(&mut entries, PollTimeout::ZERO)?;
    lesson.seen("two are readable, and no signal says which, or how many they are", (readable, queued.len()) == (2, 4));
    lesson.quietly(|| drop(pairs));
    Ok(())
}

/// A client, and a server whose events are queued as SIGRTMIN.
fn armed_pair() -> io::Result<(UnixStream, UnixStream)> {
    let (client, server) = UnixStream::pair()?;
    set_signal(&server, libc::SIGRTMIN())?;
    set_owner(&server, getpid())?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    Ok((client, server))
}
