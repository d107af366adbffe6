//! After an overflow throw the queue away, then ask every descriptor: in this order nothing is lost.
//!
//! SIGIO says that the queue no longer tells the truth. What is left in it is of no use, as all have to be
//! asked anyhow. Empty it first, and ask after: what arrives in between is queued anew, or is found. The other way
//! round something is lost (`emptied_too_late`). The question is one poll over all: the scan that signals were to save
//! us, paid exactly when the server is busiest.
//!
//! Rests on: fcntl(2), `F_SETSIG`; Linux kernel/signal.c, `collect_signal` (a taken signal gives its place back).
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

/// Four messages, room for two signals, and a server that hears them all.
pub fn recover_from_overflow(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, 2, 2)?;
    lesson.say("no more than 2 signals may be queued");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    let all = Signals::of(&[libc::SIGRTMIN(), libc::SIGIO]);
    all.block()?;
    let pairs = lesson.quietly(|| (0..4).map(|_| armed_pair()).collect::<io::Result<Vec<_>>>())?;
    for (number, (client, server)) in pairs.iter().enumerate() {
        lesson.name(client, &format!("client {}", number + 1));
        lesson.name(server, &format!("server {}", number + 1));
    }
    for (client, _) in &pairs {
        write(client, b"hello")?;
    }

    // ANCHOR: recover
    let alarm = all.wait()?;
    if alarm.signal == libc::SIGIO {
        lesson.say("empty the queue");
        while events.wait_at_most(Duration::ZERO).is_ok() {}
        lesson.say("ask them all");
        let mut entries: Vec<_> =
            pairs.iter().map(|(_, server)| PollFd::new(server.as_fd(), PollFlags::POLLIN)).collect();
        let choices = [
            (
                "server 3: IN, server 4: IN",
                "Only their events were lost. But to empty the queue loses the other two as well.",
            ),
            ("server 1: IN, server 2: IN, server 3: IN, server 4: IN", ""),
            ("nothing", "Lost are the signals. The data is where it was, and poll asks the sockets themselves."),
        ];
        lesson.predict("Two signals were lost, two thrown away. What is readable?", &choices, || {
            poll(&mut entries, PollTimeout::ZERO)
        })?;
    }
    // ANCHOR_END: recover
    let mut buffer = [0; 16];
    let mut heard = 0;
    for (_, server) in &pairs {
        while let Ok(count) = read(server, &mut buffer) {
            heard += count;
        }
    }
    lesson.seen("every message was heard", heard == 4 * "hello".len());

    lesson.say("and the queue has room again");
    write(&pairs[3].0, b"again")?;
    let next = all.wait_at_most(Duration::ZERO)?;
    let over = all.wait_at_most(Duration::ZERO);
    lesson.seen("the next event is queued as ever", next.signal == libc::SIGRTMIN() && over == Err(Error::EAGAIN));
    lesson.quietly(|| drop(pairs));
    Ok(())
}

fn armed_pair() -> io::Result<(UnixStream, UnixStream)> {
    let (client, server) = UnixStream::pair()?;
    set_signal(&server, libc::SIGRTMIN())?;
    set_owner(&server, getpid())?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    Ok((client, server))
}
