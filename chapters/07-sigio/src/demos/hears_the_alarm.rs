//! A server that answers SIGIO with a look at everybody loses no client to a full queue.
//!
//! The fourth stage of the echo server (`stages/overflow_proof.rs`), in the scene of `deaf_to_the_alarm`. SIGIO comes
//! first, the queue is emptied, poll tells who has something to say: those who are in the queue, and those for
//! whom it had no room. With no room at all this is still right, and signals have become a slow way to call poll.
//!
//! Rests on: fcntl(2), `F_SETSIG`, last paragraph; poll(2).
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
use crate::stages::overflow_proof;

/// Three clients, and room for one signal.
pub fn hears_the_alarm(lesson: &Lesson) -> io::Result<()> {
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
                ("one", "So it was without an answer to SIGIO. Now everybody is asked."),
                ("two", "Nobody knows whose signals were lost. So all are asked, the one in the queue among them."),
                ("three", ""),
            ];
            let mut answered = 0;
            lesson.ask("The server sleeps again. How many have an answer?", &choices, || {
                answered = answers(&clients);
                ["nobody", "one", "two", "three"][answered]
            });
            lesson.quietly(|| kill(getpid(), Signal::SIGTERM))?;
            Ok(answered)
        });
        overflow_proof::serve(&events, &servers)?;
        peer.join().map_err(|_| io::Error::other("the clients panicked"))
    })?;
    lesson.seen(
        "all three were served: the two whose signals were lost, and the one whose signal was thrown away",
        answered == 3,
    );
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
