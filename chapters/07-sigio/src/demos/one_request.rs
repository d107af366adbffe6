//! One message through a signal-driven echo loop is four calls: take the signal, read, write, read in vain.
//!
//! The wait is for a signal, so nothing sleeps in the socket, and one thread could wait for any number of
//! them. The price is the call in the middle that finds nothing: a signal tells of an arrival, and only EAGAIN tells
//! that all that arrived has been read. Phase 1 is sigwaitinfo; phase 2 is the read, as ever.
//!
//! Rests on: sigwaitinfo(2); fcntl(2), `F_SETSIG`; UNPv3 section 6.2, "Signal-Driven I/O Model".

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// Serves one client, who sends one message and leaves.
pub fn one_request(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let event = libc::SIGRTMIN();
    let events = Signals::of(&[event]);
    lesson.quietly(|| {
        events.block()?;
        set_signal(&server, event)?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
        nix::Result::Ok(())
    })?;
    let mut calls = 0;

    let (echoed, calls_until_answered) = thread::scope(|scope| {
        lesson.peer(scope, "client", |turn| {
            turn.keep_waiting(Duration::from_millis(20));
            write(&client, b"one request")?;
            turn.next();
            read(&client, &mut [0; 16])?;
            drop(client);
            Ok(())
        });
        // ANCHOR: echo
        let mut buffer = [0; 16];
        let mut echoed = 0;
        let mut of_the_message = 0;
        loop {
            events.wait()?;
            calls += 1;
            loop {
                calls += 1;
                match read(&server, &mut buffer) {
                    Err(Error::EAGAIN) => break,
                    Ok(0) => return io::Result::Ok((echoed, of_the_message)),
                    got => {
                        // 16 bytes always fit into an empty send buffer, so this write is never short.
                        echoed += write(&server, &buffer[..got?])?;
                        calls += 1;
                    }
                }
            }
            of_the_message = calls;
        }
        // ANCHOR_END: echo
    })?;

    lesson.seen(
        "four calls a message: one to wait, two to copy, and one to learn that there is no more",
        (calls_until_answered, echoed) == (4, 11),
    );
    lesson.quietly(|| drop(server));
    Ok(())
}
