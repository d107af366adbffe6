//! A server that does nothing about SIGIO serves whom the queue had room for, and never the others.
//!
//! The third stage of the echo server (`stages/drained.rs`): it reads until EAGAIN, and trusts that each arrival
//! is in the queue. One busy moment, and that is not so. The signals of the others are gone, SIGIO alone told of
//! it, and the server took it for nothing. It sleeps; two clients have spoken and wait. Nothing in any log.
//!
//! Rests on: fcntl(2), `F_SETSIG`, last paragraph; getrlimit(2), `RLIMIT_SIGPENDING`.
//! Needs: a user namespace of its own (see `overflow`).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;

use lab::{Kernel, Lesson};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::{getpid, write};

use crate::events::Events;
use crate::signals::own_count;
use crate::stages::drained;

/// Three clients, and room for one signal.
pub fn deaf_to_the_alarm(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, 1, 1)?;
    let (clients, servers): (Vec<_>, Vec<_>) = lesson.quietly(pairs)?.into_iter().unzip();
    for (place, name) in ["first", "second", "third"].iter().enumerate() {
        lesson.name(&clients[place], &format!("{name} client"));
        lesson.name(&servers[place], name);
    }
    let events = lesson.quietly(|| {
        let events = Events::block()?;
        servers.iter().try_for_each(|server| events.arm(server))?;
        nix::Result::Ok(events)
    })?;
    lesson.say("the server is busy; three clients speak, and there is room for 1 signal");
    for client in &clients {
        write(client, b"hello")?;
    }

    let answered = thread::scope(|scope| {
        let peer = lesson.peer(scope, "clients", |_| {
            let choices = [
                ("one", ""),
                (
                    "two",
                    "One signal was queued, and SIGIO came besides: but SIGIO names nobody, and here nobody is asked.",
                ),
                ("three", "All three have spoken, but only what is in the queue is known to the server."),
                ("nobody", "The alarm throws nothing away. The one signal that had room is taken after it."),
            ];
            let mut answered = 0;
            lesson.ask("The server sleeps again. How many have an answer?", &choices, || {
                answered = answers(&clients);
                ["nobody", "one", "two", "three"][answered]
            });
            lesson.quietly(|| kill(getpid(), Signal::SIGTERM))?;
            Ok(answered)
        });
        drained::serve(&events, &servers)?;
        peer.join().map_err(|_| io::Error::other("the clients panicked"))
    })?;
    lesson.seen("what the full queue had no room for was never served", answered == 1);
    lesson.quietly(|| drop((clients, servers)));
    Ok(())
}

/// How many of the clients have an answer.
fn answers(clients: &[UnixStream]) -> usize {
    let answered = |client: &&UnixStream| recv(client.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_DONTWAIT) == Ok(5);
    clients.iter().filter(answered).count()
}

fn pairs() -> io::Result<Vec<(UnixStream, UnixStream)>> {
    (0..3).map(|_| UnixStream::pair()).collect()
}
