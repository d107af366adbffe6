//! Stage 3, one read for one edge: the end of a long request stays in the socket, and the client waits for ever.
//!
//! The edge was the arrival of all twenty bytes. The read took sixteen, and the server went back to sleep: as
//! nothing arrives, nothing is news. A test with short requests will not find this; the first request
//! that is longer than the buffer, or comes in two pieces at the wrong moment, does.
//!
//! Rests on: epoll(7), "Questions and answers".

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::thread;

use lab::{Lesson, Turn};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::{read, write};

use crate::stages::clients::narrow_listener;
use crate::stages::s3_edge::Server;

/// Serves a client whose request is longer than the buffer.
pub fn stage_3_reads_once(lesson: &Lesson) -> io::Result<()> {
    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.name(&listener, "listener");
    let mut server = Server::new(&listener)?;

    thread::scope(|scope| {
        let client = lesson.peer(scope, "client", |turn| ask_in_twenty_bytes(lesson, turn, address));
        server.turn()?;
        lesson.name(&server.clients[&1].stream, "served");
        // The edge that every new member makes: it is writable.
        server.turn()?;
        server.turn()?;
        let mut unanswered = false;
        lesson.ask(
            "Four bytes of the request are still in the socket. What does the server do next?",
            &[
                ("reads them", "By level it would. To an edge they are old news: they came with the others."),
                ("sleeps", ""),
            ],
            || {
                let turn = server.turn();
                // The client can look only while the server sleeps.
                unanswered = turn.is_ok() && client.join().unwrap_or_default();
                if unanswered { "sleeps" } else { "reads them" }
            },
        );
        lesson.observe(
            "C175",
            "a server that reads once for each edge keeps back what did not fit into its buffer",
            unanswered,
        );
        lesson.quietly(|| drop(server));
        Ok(())
    })
}

/// Asks in twenty bytes, receives what comes; whether that was short while the server slept.
fn ask_in_twenty_bytes(lesson: &Lesson, turn: &Turn, address: SocketAddr) -> io::Result<bool> {
    let client = lesson.quietly(|| TcpStream::connect(address))?;
    lesson.name(&client, "client");
    lesson.say("a client connects");
    turn.next();
    write(&client, b"twenty bytes, please")?;

    turn.next();
    let got = read(&client, &mut [0; 64])?;
    let rest = recv(client.as_raw_fd(), &mut [0; 64], MsgFlags::MSG_DONTWAIT);
    lesson.say("the client waits for the rest, and would for ever; only more from it can help");
    write(&client, b"?")?;
    lesson.quietly(|| drop(client));
    Ok(got == 16 && rest == Err(nix::Error::EAGAIN))
}
