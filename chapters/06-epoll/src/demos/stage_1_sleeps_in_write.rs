//! Stage 1, epoll around blocking calls: one client who does not read puts the whole server to sleep.
//!
//! epoll says who can be read from, and that read will not sleep. The write that follows it has no such
//! promise. In blocking mode it waits for room, and room is the client's to make: so the one thread that
//! serves everybody sleeps for as long as this one client likes.
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered"; send(2); Linux net/core/stream.c, `sk_stream_wait_memory`.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::thread;

use lab::{Lesson, Turn};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::write;

use crate::stages::clients::{narrow_client, narrow_listener};
use crate::stages::s1_level::Server;

/// More than the two small buffers on its way back have room for.
const REQUEST: usize = 32 * 1024;

/// Serves a client who does not read, and one who would.
pub fn stage_1_sleeps_in_write(lesson: &Lesson) -> io::Result<()> {
    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.name(&listener, "listener");
    let mut server = Server::new(&listener)?;

    thread::scope(|scope| {
        let clients = lesson.peer(scope, "clients", |turn| deaf_and_quick(lesson, turn, address));

        server.turn()?;
        lesson.name(&server.clients[&1], "deaf");
        let mut unanswered = false;
        lesson.ask(
            "The client sends 32 KiB and reads nothing. What does the write back to it do?",
            &[
                (
                    "says EAGAIN",
                    "So it would in non-blocking mode. To be in an epoll set changes no descriptor's mode.",
                ),
                (
                    "takes all at once",
                    "For that there would have to be room for all, and these socket buffers are small.",
                ),
                ("sleeps", ""),
            ],
            || {
                let turn = server.turn();
                // The other client can look for an answer only while the server sleeps.
                unanswered = turn.is_ok() && clients.join().unwrap_or_default();
                if unanswered { "sleeps" } else { "takes all at once" }
            },
        );
        lesson.seen(
            "epoll's answer is about one direction; a blocking write waits for the other, and everybody waits with it",
            unanswered,
        );
        lesson.quietly(|| drop(server));
        Ok(())
    })
}

/// One sends and reads nothing, the other asks; whether that one had no answer while the server slept.
fn deaf_and_quick(lesson: &Lesson, turn: &Turn, address: SocketAddr) -> io::Result<bool> {
    let deaf = lesson.quietly(|| narrow_client(address))?;
    lesson.name(&deaf, "deaf client");
    lesson.say("a client connects");

    turn.next();
    write(&deaf, &[b'.'; REQUEST])?;

    turn.next();
    lesson.say("the server sleeps in its write; another client comes, and asks");
    let quick = lesson.quietly(|| TcpStream::connect(address))?;
    lesson.name(&quick, "quick client");
    write(&quick, b"hurry")?;

    let early = recv(quick.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_DONTWAIT);
    lesson.say("at last the first client reads");
    lesson.quietly(|| {
        deaf.set_nonblocking(false)?;
        (&deaf).read_exact(&mut [0; REQUEST])
    })?;
    lesson.quietly(|| drop((deaf, quick)));
    Ok(early == Err(nix::Error::EAGAIN))
}
