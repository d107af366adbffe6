//! One message through an epoll server is three calls: a wait that sleeps, a read and a write that only copy.
//!
//! The two phases have come apart. The thread sleeps in `epoll_wait`, which copies no data, and for as many
//! clients as the set holds; when the read is made there is something to copy, so it returns at once. The
//! price is the third call. It is shared by all clients that are ready at the same time: one wait
//! tells of as many as the array has room for.
//!
//! Rests on: epoll(7); epoll_wait(2); UNPv3 section 6.2, "I/O Multiplexing Model".

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

/// Serves one client, who sends one message and leaves.
pub fn one_request(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
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
        let mut events = [EpollEvent::empty(); 8];
        let mut buffer = [0; 16];
        let mut echoed = 0;
        loop {
            epoll.wait(&mut events, EpollTimeout::NONE)?;
            let got = read(&server, &mut buffer)?;
            calls += 2;
            if got == 0 {
                break io::Result::Ok(echoed);
            }
            // 16 bytes always fit into an empty send buffer, so this write is never short.
            echoed += write(&server, &buffer[..got])?;
            calls += 1;
        }
        // ANCHOR_END: echo
    })?;

    // The last wait and the last read belong to the end of the stream, not to the message.
    lesson.seen("three calls a message: one to wait, two to copy", (calls - 2, echoed) == (3, 11));
    lesson.quietly(|| drop((epoll, server)));
    Ok(())
}
