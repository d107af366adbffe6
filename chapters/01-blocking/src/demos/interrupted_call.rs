//! A handler makes a sleeping call fail with EINTR; SA_RESTART starts most calls again, and some never.
//!
//! A signal wakes the thread out of its sleep to run the handler. What comes after is decided by
//! the handler's flags and by the call: with SA_RESTART a call that may sleep for ever starts
//! again as if nothing had been. A call that can be given a timeout (poll, nanosleep, a recv
//! with SO_RCVTIMEO) fails all the same: started again, it would sleep its whole time anew.
//!
//! Above the kernel std decides once more: `Read::read` hands EINTR on as `ErrorKind::Interrupted`;
//! `read_exact`, `read_to_end` and `write_all` try again, and so do `accept` and `incoming`.
//!
//! Rests on: signal(7), "Interruption of system calls"; sigaction(2), `SA_RESTART`;
//! include/net/sock.h, `sock_intr_errno`; std's `cvt_r` and `default_read_exact`.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::process;
use std::thread;

use lab::{Lesson, Turn};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt::ReceiveTimeout};
use nix::sys::time::{TimeSpec, TimeVal};
use nix::time::{ClockId, ClockNanosleepFlags, clock_nanosleep};
use nix::unistd::{gettid, read, write};

/// Interrupts one call after the other while it sleeps.
pub fn interrupted_call(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let send_hello = |turn: &Turn| {
        turn.next();
        Ok(write(&client, b"hello").map(drop)?)
    };

    lesson.say("a handler without SA_RESTART");
    handle(SaFlags::empty())?;
    let plain = interrupted(lesson, no_more, || read(&server, &mut [0; 16]));

    lesson.say("the same handler with SA_RESTART");
    handle(SaFlags::SA_RESTART)?;
    let choices = [
        ("EINTR", "So it was without SA_RESTART. Now the kernel makes the call again, and says nothing."),
        ("\"hello\"", ""),
    ];
    let restarted = lesson.predict("First a signal, then data. What does it return?", &choices, || {
        interrupted(lesson, send_hello, || read(&server, &mut [0; 16]))
    });
    let never = never_restarted(lesson, &server)?;
    lesson.observe(
        "C032",
        "a handler makes a sleeping call fail with EINTR, but SA_RESTART restarts most that may sleep \
         for ever; poll, nanosleep and a recv with a timeout fail all the same",
        plain == Err(Errno::EINTR) && restarted == Ok(5) && never,
    );

    lesson.say("now through std, and again without SA_RESTART");
    handle(SaFlags::empty())?;
    let passed_on = interrupted(lesson, no_more, || (&server).read(&mut [0; 16]));
    let passed_on = passed_on.is_err_and(|error| error.kind() == io::ErrorKind::Interrupted);
    lesson.seen("Read::read hands EINTR on as ErrorKind::Interrupted", passed_on);
    let exact = interrupted(lesson, send_hello, || (&server).read_exact(&mut [0; 5]));
    lesson.seen("Read::read_exact reads again", exact.is_ok());
    accepted_by_std(lesson)
}

/// Calls that SA_RESTART says nothing to. Whether all of them failed with EINTR.
fn never_restarted(lesson: &Lesson, server: &UnixStream) -> io::Result<bool> {
    lesson.say("still with SA_RESTART: calls that can be given a timeout");
    let mut entries = [PollFd::new(server.as_fd(), PollFlags::POLLIN)];
    let choices = [
        ("it is restarted", "It may wait for ever, like the read; but no poll is restarted after a handler."),
        ("EINTR", ""),
    ];
    let polled = lesson.ask("A poll without a timeout is interrupted. What becomes of it?", &choices, || {
        match interrupted(lesson, no_more, || poll(&mut entries, PollTimeout::NONE)) {
            Ok(_) => "it is restarted".to_owned(),
            Err(errno) => format!("{errno:?}"),
        }
    });
    let minute = TimeSpec::new(60, 0);
    let slept = interrupted(lesson, no_more, || {
        clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::empty(), &minute)
    });
    setsockopt(server, ReceiveTimeout, &TimeVal::new(60, 0))?;
    let received = interrupted(lesson, no_more, || recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::empty()));
    lesson.quietly(|| setsockopt(server, ReceiveTimeout, &TimeVal::new(0, 0)))?;
    Ok(polled == "EINTR" && slept.err() == Some(Errno::EINTR) && received == Err(Errno::EINTR))
}

/// `accept`, whose caller cannot learn of a signal, though it may have come to tell it to stop.
fn accepted_by_std(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind("127.0.0.1:0"))?;
    let address = lesson.quietly(|| listener.local_addr())?;
    lesson.name(&listener, "listener");
    let connect = |turn: &Turn| {
        turn.next();
        lesson.quietly(|| TcpStream::connect(address).map(drop))
    };
    let connection = interrupted(lesson, connect, || listener.accept());
    lesson.seen(
        "TcpListener::accept accepts again: whoever waits there hears of a client, but not of a signal",
        connection.is_ok(),
    );
    let (connection, _) = connection?;
    lesson.name(&connection, "connection");
    lesson.quietly(|| drop((connection, listener)));
    Ok(())
}

/// Makes `call` on this thread. A peer sends it SIGUSR1 while it sleeps there, and then does `more`.
fn interrupted<T>(lesson: &Lesson, more: impl FnOnce(&Turn) -> io::Result<()> + Send, call: impl FnOnce() -> T) -> T {
    let (process, sleeper) = (process::id().cast_signed(), gettid().as_raw());
    thread::scope(|scope| {
        lesson.peer(scope, "peer", move |turn| {
            // SAFETY: tgkill takes three numbers. (kill would leave the choice of the thread to the kernel.)
            Errno::result(unsafe { libc::tgkill(process, sleeper, libc::SIGUSR1) })?;
            more(turn)
        });
        call()
    })
}

fn no_more(_: &Turn) -> io::Result<()> {
    Ok(())
}

fn handle(flags: SaFlags) -> io::Result<()> {
    extern "C" fn nothing(_: i32) {}
    let action = SigAction::new(SigHandler::Handler(nothing), flags, SigSet::empty());
    // SAFETY: a handler that does nothing may run at any point.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    Ok(())
}
