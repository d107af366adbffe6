//! Stage 4, reads until EAGAIN: whoever sends enough is served until they stop, and the others wait.
//!
//! An edge obliges the server to read until EAGAIN, but nothing says that it must be done at one go. Here a
//! client has 48 bytes for a buffer of 16; one that sends as fast as it is read from has no last byte.
//!
//! Rests on: epoll(7), "Possible pitfalls and ways to avoid them", "Starvation (edge-triggered)".

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::write;

use crate::stages::clients::narrow_listener;
use crate::stages::{s4_drained, s5_fair};

/// What the stages read at once here.
const READ_BYTES: usize = 16;
/// A long request: three reads.
const LONG: &[u8; 3 * READ_BYTES] = b"this long request is three times sixteen bytes..";

/// Serves a client with much to say beside one with little: first without a budget, then with one.
pub fn stage_4_starves_the_rest(lesson: &Lesson) -> io::Result<()> {
    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.name(&listener, "listener");

    let mut server = lesson.quietly(|| s4_drained::Server::new(&listener))?;
    let clients = lesson.quietly(|| connect_two(address, || server.turn()))?;
    ask_both(lesson, &clients, [&server.clients[&1].stream, &server.clients[&2].stream])?;
    let greedy = lesson.ask(
        "A read takes 16 bytes. How many of the long request come back before the short one has its turn?",
        &[
            (
                "16",
                "With a budget of one read it would be so. Here a read that found something is followed by another.",
            ),
            ("48", ""),
            ("0", "The long one came first, and the wait names them in that order."),
        ],
        || server.turn().and_then(|()| echoed(lesson, &clients[0])).unwrap_or_default(),
    );
    lesson.quietly(|| drop((server, clients)));

    lesson.say("the same two with stage 5, whose budget is one read");
    let mut server = lesson.quietly(|| s5_fair::Server::new(&listener, READ_BYTES))?;
    let clients = lesson.quietly(|| connect_two(address, || server.turn()))?;
    lesson.name(&server.door.epoll.0, "epoll");
    ask_both(lesson, &clients, [&server.clients[&1].stream, &server.clients[&2].stream])?;
    server.turn()?;
    let fair = echoed(lesson, &clients[0])?;
    server.turn()?;
    lesson.say("and so on: its next turns come without an edge, from the server's own queue");

    lesson.seen(
        "without a budget a turn lasts as long as its client likes; with one it is short, and a queue remembers the rest",
        (greedy, fair) == (LONG.len(), READ_BYTES),
    );
    lesson.quietly(|| drop((server, clients)));
    lesson.quietly(|| drop(listener));
    Ok(())
}

/// Two clients that have been let in and said nothing yet.
fn connect_two(address: SocketAddr, mut turn: impl FnMut() -> io::Result<()>) -> io::Result<[TcpStream; 2]> {
    let mut connect = || {
        let client = TcpStream::connect(address)?;
        // It is let in, and told of once, being writable.
        turn()?;
        turn()?;
        io::Result::Ok(client)
    };
    Ok([connect()?, connect()?])
}

/// Both requests, the long one first; they have arrived when this returns.
fn ask_both(lesson: &Lesson, clients: &[TcpStream; 2], served: [&TcpStream; 2]) -> io::Result<()> {
    let arrived = |stream: &TcpStream| {
        let mut wanted = [PollFd::new(stream.as_fd(), PollFlags::POLLIN)];
        lesson.quietly(|| poll(&mut wanted, PollTimeout::NONE))
    };
    lesson.name(&clients[0], "long client");
    lesson.name(&clients[1], "short client");
    lesson.name(served[0], "long");
    lesson.name(served[1], "short");
    write(&clients[0], LONG)?;
    arrived(served[0])?;
    write(&clients[1], b"hurry")?;
    arrived(served[1])?;
    Ok(())
}

/// How much has come back to a client.
fn echoed(lesson: &Lesson, client: &TcpStream) -> io::Result<usize> {
    Ok(lesson.quietly(|| recv(client.as_raw_fd(), &mut [0; 256], MsgFlags::empty()))?)
}
