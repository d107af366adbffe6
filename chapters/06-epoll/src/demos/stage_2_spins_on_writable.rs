//! Stage 2, level-triggered for both directions: a client who does nothing keeps the server running.
//!
//! Level-triggered epoll tells what is so, each time it is asked. A socket is writable nearly always; so
//! who asks for OUT has an answer at once, always, and the wait never sleeps. The mend of those who stay
//! level-triggered is to ask for OUT only while something is owed: two more calls for each time.
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered"; Linux fs/eventpoll.c, `ep_send_events` (what is
//! level-triggered goes back to the ready list).

use std::io;
use std::net::TcpStream;
use std::thread;

use lab::Lesson;

use crate::stages::clients::narrow_listener;
use crate::stages::s2_nonblocking::Server;

/// Serves a client who says nothing.
pub fn stage_2_spins_on_writable(lesson: &Lesson) -> io::Result<()> {
    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.name(&listener, "listener");
    let mut server = Server::new(&listener)?;

    thread::scope(|scope| {
        let client = lesson.peer(scope, "client", |_| {
            lesson.say("a client connects, and has nothing to say");
            lesson.quietly(|| TcpStream::connect(address))
        });
        server.turn()?;
        lesson.name(&server.clients[&1].stream, "silent");

        let told = lesson.ask(
            "Nobody says anything, and nobody is owed anything. How many of the next three waits sleep?",
            &[
                ("all of them", "So it would be with IN alone. But there is room for a write, and OUT was asked for."),
                ("none", ""),
                ("two", "An edge-triggered set would tell once. A level is told as long as it is so."),
            ],
            || {
                let told: io::Result<Vec<usize>> = (0..3).map(|_| server.turn()).collect();
                match told.as_deref() {
                    // Nobody acts any more: a wait that slept would not have come back.
                    Ok([1, 1, 1]) => "none",
                    _ => "some",
                }
            },
        );
        let client = client.join().map_err(|_| io::Error::other("the client panicked"))?;
        lesson.seen("who asks for OUT by level is told of it without end: the loop spins", told == "none");
        lesson.quietly(|| drop((client, server)));
        Ok(())
    })
}
