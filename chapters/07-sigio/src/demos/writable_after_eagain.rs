//! Room to write is told only to whoever has run out of it: POLL_OUT comes once, after a write that said EAGAIN.
//!
//! Almost every socket is writable almost always. A signal for each byte that leaves would be
//! noise, so the kernel keeps a mark on the socket. A write that finds no room sets it, and so does poll; the first
//! room made after that sends one signal and clears it. Who waits for POLL_OUT before the first write waits for ever.
//!
//! Rests on: Linux net/core/sock.c, `sock_alloc_send_pskb` (sets `SOCKWQ_ASYNC_NOSPACE`), and net/socket.c,
//! `sock_wake_async` (`SOCK_WAKE_SPACE`: tests and clears it).

use std::io;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, read, write};

use crate::signals::{POLL_OUT, Signals, set_owner, set_signal};

/// Sends a little, then as much as fits.
pub fn writable_after_eagain(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    lesson.quietly(|| {
        set_signal(&server, libc::SIGRTMIN())?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
        fcntl(&client, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))
    })?;
    let look = || events.wait_at_most(Duration::ZERO);
    let mut buffer = [0; 4096];

    lesson.say("the server is writable, and stays so; the client makes room");
    let before = look();
    write(&server, b"hello")?;
    read(&client, &mut buffer)?;
    let choices = [
        (
            "SIGRTMIN: POLL_OUT, band OUT|WRNORM|WRBAND, fd server",
            "It never was short of room, so there is nothing to tell.",
        ),
        ("EAGAIN", ""),
    ];
    let unasked = lesson.predict("Room was made. Is there a signal?", &choices, look);

    lesson.say("as much as fits; then the client reads it all");
    lesson.in_short(|| while write(&server, &buffer).is_ok() {});
    lesson.in_short(|| while read(&client, &mut buffer).is_ok() {});
    let (once, twice) = (look(), look());
    lesson.seen(
        "POLL_OUT comes after a write that found no room, and then once, however often room is made",
        [before, unasked, twice] == [Err(Error::EAGAIN); 3] && once.is_ok_and(|taken| taken.code == POLL_OUT),
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}
