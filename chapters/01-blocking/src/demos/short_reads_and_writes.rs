//! A stream has no messages: it keeps the order of the bytes and nothing of the writes.
//!
//! A read takes what is there, up to its length. A write puts bytes into the peer's queue until
//! the send buffer is full, and then sleeps until the peer has taken some out. A blocking write
//! comes back short only when something cuts it off half way: a signal, an error, a timeout.
//! Whoever wants a message needs a frame in the stream and a loop around the call, which is what
//! std's `read_exact` and `write_all` are.
//!
//! Rests on: read(2); write(2); signal(7), "Interruption of system calls"; UNPv3 section 3.9;
//! net/unix/af_unix.c, `unix_stream_sendmsg`.

use std::io;
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::socket::{setsockopt, sockopt::SndBuf};
use nix::unistd::{gettid, read, write};

/// Far more than the send buffer below takes, although the kernel doubles what it is asked for.
const LOT: usize = 1 << 20;
const SEND_BUFFER: usize = 32 << 10;

/// Reads and writes whose sizes do not match, then writes more than there is room for.
pub fn short_reads_and_writes(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(|| {
        let ends = UnixStream::pair()?;
        setsockopt(&ends.0, SndBuf, &SEND_BUFFER)?;
        io::Result::Ok(ends)
    })?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    lesson.say("two writes");
    write(&client, b"hel")?;
    write(&client, b"lo")?;
    let choices = [
        ("\"hel\"", "One write, one read: so it is with datagrams (SOCK_DGRAM), which are messages."),
        ("\"hello\"", ""),
        ("sleeps", "Only recv with WAITALL insists on all 16 bytes. A read takes what is there."),
    ];
    lesson.predict("And one read of up to 16 bytes?", &choices, || read(&server, &mut [0; 16]))?;

    lesson.say("one write, and a reader with a small buffer");
    write(&client, b"hello again")?;
    for _ in 0..3 {
        read(&server, &mut [0; 4])?;
    }
    lesson.say("the last one is short, and that is no error and no end: it was all there was");

    sleeps_when_full(lesson, &client, &server)?;
    cut_short(lesson, &client)
}

/// A write of more than the buffer holds waits for the reader.
fn sleeps_when_full(lesson: &Lesson, client: &UnixStream, server: &UnixStream) -> io::Result<()> {
    lesson.say("a mebibyte, for a send buffer of some kibibytes");
    let taken = AtomicUsize::new(0);
    let taken_by_then = thread::scope(|scope| {
        lesson.peer(scope, "server", |_| lesson.in_sum(|| take(server, &taken)));
        let choices =
            [("sleeps", ""), ("EAGAIN", "Non-blocking mode would report a full buffer. Blocking mode waits for room.")];
        lesson
            .predict("What does the write do when the buffer is full?", &choices, || write(client, &vec![b'.'; LOT]))?;
        io::Result::Ok(taken.load(Ordering::Relaxed))
    })?;
    lesson.seen("the write returned only when the server had taken more than half of it", taken_by_then > LOT / 2);
    Ok(())
}

/// A handler that runs while a write sleeps makes it return what it has done so far.
fn cut_short(lesson: &Lesson, client: &UnixStream) -> io::Result<()> {
    extern "C" fn nothing(_: i32) {}
    let handler = SigAction::new(SigHandler::Handler(nothing), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: a handler that does nothing may run at any point.
    lesson.quietly(|| unsafe { sigaction(Signal::SIGUSR1, &handler) })?;
    let writer = gettid();

    lesson.say("the same again, but nobody reads; a signal comes instead, with SA_RESTART in its handler's flags");
    let mut written = 0;
    let choices = [
        ("EINTR", "Only if nothing had been written yet. EINTR would hide the bytes that are on their way."),
        ("fewer bytes", ""),
        ("all bytes", "SA_RESTART starts a call again that has done nothing. This one has."),
    ];
    lesson.ask("What does the write return?", &choices, || {
        let result = thread::scope(|scope| {
            lesson.peer(scope, "signaller", move |_| {
                // SAFETY: tgkill takes three numbers.
                let sent = unsafe { libc::tgkill(process::id().cast_signed(), writer.as_raw(), libc::SIGUSR1) };
                Ok(Errno::result(sent)?)
            });
            lesson.in_part(|| write(client, &vec![b'.'; LOT]))
        });
        written = result.unwrap_or(0);
        match result {
            Err(errno) => format!("{errno:?}"),
            Ok(LOT) => "all bytes".to_owned(),
            Ok(_) => "fewer bytes".to_owned(),
        }
    });
    lesson.seen("a blocking write can be short: more than nothing, less than all", 0 < written && written < LOT);
    Ok(())
}

/// Reads all that the client writes, and keeps count.
fn take(server: &UnixStream, taken: &AtomicUsize) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    while taken.load(Ordering::Relaxed) < LOT {
        let brought = read(server, &mut buffer)?;
        taken.fetch_add(brought, Ordering::Relaxed);
    }
    Ok(())
}
