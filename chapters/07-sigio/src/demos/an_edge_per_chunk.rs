//! A signal tells of an arrival, not of a state: one for each chunk that comes, none for what was left behind.
//!
//! "Edge-triggered" is often read as: when not readable becomes readable. The kernel does not look at
//! that. Whoever appends to the queue wakes the readers and sends the signal, however full the queue was. So more
//! signals come than the states would need; and none comes for data that a short read left in the queue.
//!
//! Rests on: Linux net/core/sock.c, `sock_def_readable`, and net/unix/af_unix.c, `unix_stream_sendmsg` (one call
//! for each buffer queued); fs/pipe.c, `pipe_write` (a pipe sent one only when it had been empty from
//! Linux 5.5 to 5.13, and one for each write since 5.14, commit fe67f4dd8daa).

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, pipe, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// Sends to a socket that is readable already, and reads less than came.
pub fn an_edge_per_chunk(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let (reader, writer) = lesson.quietly(pipe)?;
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    lesson.quietly(|| arm(&server).and_then(|()| arm(&reader)))?;

    write(&client, b"hel")?;
    let first = events.wait();
    lesson.say("the socket is readable and stays so; more comes");
    write(&client, b"lo")?;
    let choices = [
        ("EAGAIN", "It would be so if the signal told that the socket became readable. It tells that something came."),
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd server", ""),
        ("sleeps", "With a timeout of nothing it cannot."),
    ];
    let second =
        lesson.predict("Was there a signal for the second chunk?", &choices, || events.wait_at_most(Duration::ZERO));
    lesson.say("one read too short");
    read(&server, &mut [0; 4])?;
    let leftover = events.wait_at_most(Duration::ZERO);
    lesson.seen("no signal for what a short read left behind", leftover == Err(Error::EAGAIN));
    let rest = read(&server, &mut [0; 4])?;

    lesson.say("a pipe does the same");
    write(&writer, b"hel")?;
    write(&writer, b"lo")?;
    let piped = [events.wait_at_most(Duration::ZERO), events.wait_at_most(Duration::ZERO)];
    lesson.observe(
        "C040",
        "a signal is sent for each chunk that arrives, whether the descriptor was readable before or not",
        first.is_ok() && second == first && rest == 1 && piped.iter().all(Result::is_ok),
    );
    lesson.quietly(|| drop((client, server, reader, writer)));
    Ok(())
}

fn arm(descriptor: &impl AsFd) -> nix::Result<()> {
    set_signal(descriptor, libc::SIGRTMIN())?;
    set_owner(descriptor, getpid())?;
    fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    Ok(())
}
