//! A server that reads once for each signal answers a long message with its beginning, and the next with the rest.
//!
//! The second stage of the echo server (`stages/queued.rs`). A signal says that something arrived, and one
//! arrival may be more than one read takes. What is left makes no signal: the client waits for it, and the server
//! for the client. When the client does say more, it gets the rest of its last message, and from then on all
//! answers come a message late.
//!
//! Rests on: fcntl(2), `F_SETSIG`; Linux net/core/sock.c, `sock_def_readable` (called for what arrives, by
//! nobody who leaves something behind).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;

use lab::{Lesson, Turn};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::{getpid, write};

use crate::events::Events;
use crate::stages::queued;

/// A message of 20 bytes for a server with a buffer of 16.
pub fn reads_once_a_signal(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let events = lesson.quietly(|| {
        let events = Events::block()?;
        events.arm(&server)?;
        nix::Result::Ok(events)
    })?;

    let (first, second) = thread::scope(|scope| {
        let peer = lesson.peer(scope, "client", |turn| speak(lesson, turn, &client));
        queued::serve(&events, &[server])?;
        peer.join().map_err(|_| io::Error::other("the client panicked"))
    })?;
    lesson.seen("a message came back in part, and its rest as the answer to the next", (first, second) == (16, 5));
    lesson.quietly(|| drop(client));
    Ok(())
}

/// Says something long, then something short; how much came back for each.
fn speak(lesson: &Lesson, turn: &Turn, client: &UnixStream) -> io::Result<(usize, usize)> {
    let answer = || recv(client.as_raw_fd(), &mut [0; 32], MsgFlags::MSG_DONTWAIT);
    write(client, b"a long, long message")?;
    turn.next();
    let choices = [
        ("the first 16 bytes", ""),
        ("all 20 bytes", "They would be, if the server read until EAGAIN. It had one signal, and read once."),
        ("nothing", "The server did read, as much as its buffer holds, and sent that back."),
    ];
    let mut first = Ok(0);
    lesson.ask("Twenty bytes, one signal, a buffer of 16. What has come back?", &choices, || {
        first = answer();
        match first {
            Ok(16) => "the first 16 bytes",
            Ok(20) => "all 20 bytes",
            _ => "nothing",
        }
    });
    let first = first?;
    lesson.say("nobody will send the rest by itself, so the client says one byte more");
    write(client, b"?")?;
    turn.next();
    let second = answer()?;
    lesson.quietly(|| kill(getpid(), Signal::SIGTERM))?;
    Ok((first, second))
}
