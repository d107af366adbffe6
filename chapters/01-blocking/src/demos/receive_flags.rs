//! A receive flag changes one call and leaves the descriptor as it was.
//!
//! The flags of `recv` are an argument, and gone when the call returns. What lasts is kept
//! elsewhere and set by other calls: O_NONBLOCK on the open file description, SO_RCVTIMEO on the
//! socket. So a flag needs no undoing, and nobody else who uses the descriptor notices.
//!
//! Rests on: recv(2); UNPv3 section 14.3, "recv and send Functions"; Linux net/unix/af_unix.c,
//! `unix_stream_read_generic`.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::write;

/// Asks one socket in five ways.
pub fn receive_flags(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    peek(lesson, &client, &server)?;
    do_not_wait(lesson, &server)?;
    wait_for_one_or_for_all(lesson, &client, &server)?;
    do_not_route(lesson, &client, &server)?;
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn peek(lesson: &Lesson, client: &UnixStream, server: &UnixStream) -> io::Result<()> {
    let (mut seen, mut taken) = ([0; 16], [0; 16]);
    write(client, b"hello")?;
    recv(server.as_raw_fd(), &mut seen, MsgFlags::MSG_PEEK)?;
    let got = lesson.predict(
        "A call with PEEK has returned the bytes. What does the next one return?",
        &[
            ("sleeps", "It would, had the first call taken the bytes: that is what PEEK prevents."),
            ("\"hello\"", "The bytes stay queued until a call without PEEK takes them."),
        ],
        || recv(server.as_raw_fd(), &mut taken, MsgFlags::empty()),
    )?;
    lesson.observe("C165", "MSG_PEEK returns the bytes and leaves them in the queue", got == 5 && seen == taken);
    Ok(())
}

fn do_not_wait(lesson: &Lesson, server: &UnixStream) -> io::Result<()> {
    let before = fcntl(server, FcntlArg::F_GETFL)?;
    lesson.say("the descriptor is in blocking mode, and nothing is queued");
    let answer = lesson.predict(
        "What does a call with DONTWAIT do?",
        &[
            ("sleeps", "So would any call without the flag: the descriptor is in blocking mode."),
            ("EAGAIN", "The flag says so for this call, whatever the descriptor's mode."),
            ("0", "Zero bytes mean the end of the stream, and the client is still there."),
        ],
        || recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_DONTWAIT),
    );
    let after = fcntl(server, FcntlArg::F_GETFL)?;
    lesson.observe(
        "C164",
        "MSG_DONTWAIT makes one call non-blocking and does not set O_NONBLOCK",
        answer == Err(nix::Error::EAGAIN) && before == after && after & OFlag::O_NONBLOCK.bits() == 0,
    );
    Ok(())
}

fn wait_for_one_or_for_all(lesson: &Lesson, client: &UnixStream, server: &UnixStream) -> io::Result<()> {
    let mut buffer = [0; 5];
    thread::scope(|scope| {
        lesson.peer(scope, "client", |turn| {
            write(client, b"he")?;
            turn.next();
            write(client, b"he")?;
            turn.next();
            write(client, b"llo")?;
            Ok(())
        });

        lesson.say("without a flag any byte will do");
        recv(server.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        lesson.say("with WAITALL the first two bytes are copied, and the call sleeps again for the other three");
        let got = lesson.ask(
            "The client writes \"he\", and \"llo\" when the server sleeps again. \
             How many bytes does one call with WAITALL return?",
            &[
                ("2", "That is what a call without the flag has just done."),
                ("5", "It fills the buffer, if nothing comes between."),
            ],
            || recv(server.as_raw_fd(), &mut buffer, MsgFlags::MSG_WAITALL).unwrap_or(0),
        );
        lesson.seen("MSG_WAITALL sleeps as often as it must to fill the buffer", got == 5 && buffer == *b"hello");
        Ok(())
    })
}

fn do_not_route(lesson: &Lesson, client: &UnixStream, server: &UnixStream) -> io::Result<()> {
    write(client, b"hello")?;
    lesson.say("DONTROUTE speaks of where to send: a receiver may say it, and nothing comes of it");
    // nix has no name for this flag.
    recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::from_bits_retain(libc::MSG_DONTROUTE))?;
    Ok(())
}
