//! One message through a blocking echo server is two calls: a read that waits and copies, a write that copies.
//!
//! The thread asks for data before there is any, and the call keeps it until there is: so it never asks
//! in vain, and needs no third call to learn when to ask. That is the whole merit of the model, and its
//! fault is the other side of it: while it waits for this client it can wait for no other.
//!
//! Rests on: read(2), write(2); UNPv3 section 6.2, "Blocking I/O Model".

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use lab::Lesson;
use nix::unistd::{read, write};

/// Serves one client, who sends one message and leaves.
pub fn one_request(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let mut calls = 0;

    let echoed = thread::scope(|scope| {
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
        loop {
            let got = read(&server, &mut buffer)?;
            calls += 1;
            if got == 0 {
                break io::Result::Ok(echoed);
            }
            // 16 bytes always fit into an empty send buffer: never short.
            echoed += write(&server, &buffer[..got])?;
            calls += 1;
        }
        // ANCHOR_END: echo
    })?;

    // The last read is the end of the stream, not of the message.
    lesson.seen("two calls a message: one to wait and copy, one to copy", (calls - 1, echoed) == (2, 11));
    lesson.quietly(|| drop(server));
    Ok(())
}
