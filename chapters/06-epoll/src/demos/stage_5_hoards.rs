//! Stage 5, fair but generous: who sends and does not read fills the server's memory.
//!
//! Nobody is starved any more, so everybody is read from, and what one client does not take is kept for it. That
//! is a promise without a bound, and a client that only sends makes the server pay for it. The mend is to
//! do nothing: not to read from whom one owes. Then the kernel's buffers fill, which have bounds, TCP closes its
//! window, and the client's own writes find no room.
//!
//! Rests on: tcp(7), tcp_rmem and tcp_wmem; RFC 9293 section 3.8.6, "Managing the Window".

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use lab::{Lesson, Turn};
use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use nix::unistd::write;

use crate::stages::clients::{narrow_client, narrow_listener};
use crate::stages::{s5_fair, s6_back_pressured};

/// What the stages read at once here.
const READ_BYTES: usize = 65536;
/// How often the client tries to send as much again.
const PIECES: usize = 64;

/// Serves a client that sends and never reads, with both stages.
pub fn stage_5_hoards(lesson: &Lesson) -> io::Result<()> {
    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.quietly(|| setsockopt(&listener, sockopt::RcvBuf, &READ_BYTES))?;
    lesson.name(&listener, "listener");

    lesson.say("stage 5 reads on while it owes");
    let hoarded = lesson.ask(
        "A client sends as much as it can and reads nothing. How much of that does the server hold in its own memory?",
        &[
            ("one buffer at most", "That is the mend, further down: to read nothing while something is owed."),
            ("more than half of it", ""),
            ("none of it", "The kernel's buffers take some of it, but they are not endless."),
        ],
        || if hoard(lesson, &listener, address).unwrap_or_default() { "more than half of it" } else { "less" },
    );

    lesson.say("the same client at stage 6, which reads nothing while it owes");
    let mut server = lesson.quietly(|| s6_back_pressured::Server::new(&listener, READ_BYTES))?;
    let deaf = lesson.quietly(|| serve_deaf(lesson, address, || server.turn()))?;
    let owed: usize = server.clients.values().map(|client| client.owed.len()).sum();
    lesson.seen("who reads on owes without bound", hoarded == "more than half of it");
    lesson.seen(
        "who reads nothing while it owes holds one buffer at most, and the client is told that there is no room",
        owed <= READ_BYTES && deaf.refused,
    );
    lesson.quietly(|| drop(server));
    lesson.quietly(|| drop(listener));
    Ok(())
}

/// Whether stage 5 comes to hold more than half of what such a client sends.
fn hoard(lesson: &Lesson, listener: &TcpListener, address: SocketAddr) -> io::Result<bool> {
    let mut server = lesson.quietly(|| s5_fair::Server::new(listener, READ_BYTES))?;
    let mut named = false;
    let turn = || {
        server.turn()?;
        if let Some(deaf) = server.clients.get(&1).filter(|_| !named) {
            lesson.name(&deaf.stream, "deaf");
            named = true;
        }
        Ok(())
    };
    let deaf = serve_deaf(lesson, address, turn)?;
    let owed: usize = server.clients.values().map(|client| client.owed.len()).sum();
    lesson.quietly(|| drop(server));
    Ok(owed > deaf.sent / 2)
}

/// What the client that reads nothing came to.
struct Deaf {
    sent: usize,
    refused: bool,
}

/// Lets the server have its turns, until the client has gone.
fn serve_deaf(
    lesson: &Lesson,
    address: SocketAddr,
    mut server_turn: impl FnMut() -> io::Result<()>,
) -> io::Result<Deaf> {
    thread::scope(|scope| {
        let client = lesson.peer(scope, "client", |turn| send_and_not_read(lesson, turn, address));
        // The first lets the client in, the second is told that it is writable.
        lesson.quietly(|| (0..2).try_for_each(|_| server_turn()))?;
        lesson.in_short(|| while server_turn().is_ok() {});
        client.join().map_err(|_| io::Error::other("the client panicked"))
    })
}

fn send_and_not_read(lesson: &Lesson, turn: &Turn, address: SocketAddr) -> io::Result<Deaf> {
    let client = lesson.quietly(|| narrow_client(address))?;
    // A size that was set does not grow: otherwise the kernel's buffers may come to take all that is sent here.
    lesson.quietly(|| setsockopt(&client, sockopt::SndBuf, &READ_BYTES))?;
    let mut deaf = Deaf { sent: 0, refused: false };
    for _ in 0..PIECES {
        turn.next();
        match lesson.quietly(|| write(&client, &[0; READ_BYTES])) {
            Ok(taken) => deaf.sent += taken,
            Err(Errno::EAGAIN) => deaf.refused = true,
            Err(errno) => return Err(errno.into()),
        }
    }
    // With bytes unread its close is a reset, and ends the server's turns here.
    lesson.quietly(|| drop(client));
    Ok(deaf)
}
