//! A server on plain SIGIO asks every client for each message of one.
//!
//! The first stage of the echo server (`stages/plain.rs`). SIGIO is one signal for the whole process: it names no
//! descriptor. The server is right to ask everybody, and asks nearly everybody in vain, the more clients it has
//! the more so. That is what F_SETSIG was made for.
//!
//! Rests on: fcntl(2), `O_ASYNC` and `F_SETSIG`; UNPv3 section 6.2, "Signal-Driven I/O Model".

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, set_owner};
use crate::stages::plain;

/// Three clients, of whom one says something.
pub fn looks_everywhere(lesson: &Lesson) -> io::Result<()> {
    let (clients, servers): (Vec<_>, Vec<_>) = lesson.quietly(pairs)?.into_iter().unzip();
    for (place, name) in ["first", "second", "third"].iter().enumerate() {
        lesson.name(&clients[place], &format!("{name} client"));
        lesson.name(&servers[place], name);
    }
    let signals = Signals::of(&[libc::SIGIO, libc::SIGTERM]);
    lesson.quietly(|| {
        signals.block()?;
        for server in &servers {
            set_owner(server, getpid())?;
            fcntl(server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
        }
        nix::Result::Ok(())
    })?;

    let choices = [
        ("the one that spoke", "So it would be if the signal named a descriptor. Plain SIGIO brings nothing along."),
        ("all three", ""),
        ("nobody", "The signal says that there is something to read, but not what it is: that takes a read."),
    ];
    let mut served = Ok((0, 0));
    lesson.ask("The second of three clients speaks. Whom does the server read from?", &choices, || {
        served = one_speaks(lesson, signals, &clients, &servers);
        match served {
            Ok((_, 0)) => "the one that spoke",
            Ok((_, 2)) => "all three",
            _ => "others",
        }
    });
    let (answer, in_vain) = served?;
    lesson.seen("one spoke, and two more were asked in vain", (answer, in_vain) == (5, 2));
    lesson.quietly(|| drop((clients, servers)));
    Ok(())
}

/// How much came back to the one, and how many others were asked.
fn one_speaks(
    lesson: &Lesson,
    signals: Signals,
    clients: &[UnixStream],
    servers: &[UnixStream],
) -> io::Result<(usize, usize)> {
    thread::scope(|scope| {
        let peer = lesson.peer(scope, "clients", |turn| {
            write(&clients[1], b"hello")?;
            turn.next();
            let got = read(&clients[1], &mut [0; 16])?;
            lesson.quietly(|| kill(getpid(), Signal::SIGTERM))?;
            Ok(got)
        });
        let in_vain = plain::serve(signals, servers)?;
        let answer = peer.join().map_err(|_| io::Error::other("the clients panicked"))?;
        Ok((answer, in_vain))
    })
}

fn pairs() -> io::Result<Vec<(UnixStream, UnixStream)>> {
    (0..3).map(|_| UnixStream::pair()).collect()
}
