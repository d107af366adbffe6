//! A stream ends in one of two ways: a FIN is read as 0 for ever, a reset is an error told once.
//!
//! FIN says "no more from me": it ends one direction, after all bytes before it, and reading it uses
//! nothing up. RST says "this connection is gone": it ends both directions at once. The socket
//! keeps its error until one call takes it; after that a read finds the end and a write finds a
//! broken pipe. EPIPE comes with SIGPIPE, which kills by default. std ignores that signal before
//! `main`, so in Rust a broken pipe is an error like others, and stays so until somebody undoes it.
//!
//! Rests on: socket(7), `SO_LINGER`; signal(7); RFC 9293 section 3.5; UNPv3 sections 5.12 and 5.13;
//! net/ipv4/tcp_input.c, `tcp_reset`; net/ipv4/tcp.c, `tcp_recvmsg_locked`;
//! net/core/stream.c, `sk_stream_error`.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use lab::Lesson;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::socket::{MsgFlags, Shutdown, send, setsockopt, shutdown, sockopt::Linger};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, read, write};

/// Ends one connection politely and one rudely, and then writes where nobody can read.
pub fn end_of_stream_and_reset(lesson: &Lesson) -> io::Result<()> {
    fin(lesson)?;
    let server = reset(lesson)?;
    default_action(lesson, &server)?;
    lesson.quietly(|| drop(server));
    Ok(())
}

/// The end of a direction.
fn fin(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    write(&client, b"bye")?;
    shutdown(client.as_raw_fd(), Shutdown::Write)?;
    until(lesson, &server, libc::POLLRDHUP)?;
    lesson.say("the FIN stands behind the bytes, so they come first");
    read(&server, &mut [0; 16])?;
    read(&server, &mut [0; 16])?;
    let choices = [
        ("0", ""),
        ("sleeps", "There is nothing to wait for: after a FIN no byte can come, and the kernel knows it."),
        ("ENOTCONN", "The connection is there still; one of its two directions has ended."),
    ];
    lesson.predict("And if we read once more?", &choices, || read(&server, &mut [0; 16]))?;
    lesson.say("the other direction is as open as before");
    write(&server, b"farewell")?;
    until(lesson, &client, libc::POLLIN)?;
    read(&client, &mut [0; 16])?;
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

/// The end of a connection. Returns what is left of it.
fn reset(lesson: &Lesson) -> io::Result<TcpStream> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    lesson.say("a new connection; lingering for 0 seconds means: close with a reset");
    write(&client, b"last words")?;
    setsockopt(&client, Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?;
    drop(client);
    until(lesson, &server, libc::POLLHUP)?;
    lesson.say("Linux keeps what came before the reset; not every system does");
    read(&server, &mut [0; 16])?;
    let error = read(&server, &mut [0; 16]);
    let choices = [
        ("ECONNRESET", "The error was pending on the socket; the read before this one has taken it."),
        ("0", ""),
        ("sleeps", "A reset ends both directions, so there is nothing to wait for."),
    ];
    let after = lesson.predict("And the next read?", &choices, || read(&server, &mut [0; 16]));
    let choices = [
        ("1", "So it would be after a FIN alone, which does not tell whether the peer still reads."),
        ("ECONNRESET", "Had the write come first, yes. Now a read has taken that error."),
        ("EPIPE", ""),
    ];
    let broken = lesson.predict("And a write?", &choices, || write(&server, b"?"));
    lesson.seen(
        "ECONNRESET is told once; from then on the end looks orderly to a read, and a write fails with EPIPE",
        (error, after, broken) == (Err(Errno::ECONNRESET), Ok(0), Err(Errno::EPIPE)),
    );
    Ok(server)
}

/// What EPIPE would have been, had std not ignored SIGPIPE.
fn default_action(lesson: &Lesson, server: &TcpStream) -> io::Result<()> {
    lesson.say("EPIPE comes with a SIGPIPE, and that kills; a child takes back what std did before main");
    // SAFETY: the child makes nothing but async-signal-safe calls, and never returns.
    let child = match unsafe { fork() }? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => die_of_a_broken_pipe(server),
    };
    let ended = waitpid(child, None)?;
    lesson.seen(
        "std had SIGPIPE ignored; by default the write kills, without a word, unless it says NOSIGNAL",
        ended == WaitStatus::Signaled(child, Signal::SIGPIPE, false),
    );
    Ok(())
}

/// What the child does: first takes an EPIPE alone, then one with its signal.
fn die_of_a_broken_pipe(server: &TcpStream) -> ! {
    // SAFETY: no handler is set up, the default action is put back.
    let before = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let spared = send(server.as_raw_fd(), b"?", MsgFlags::MSG_NOSIGNAL);
    if matches!(before, Ok(SigHandler::SigIgn)) && spared == Err(Errno::EPIPE) {
        let _never_returns = write(server, b"?");
    }
    // SAFETY: _exit has no preconditions, and leaves alone what belongs to the parent.
    unsafe { libc::_exit(1) }
}

/// Waits until the news of what the peer did has come through loopback. It shows nothing, and
/// takes nothing: a pending error stays for the call that we want to see it.
fn until(lesson: &Lesson, socket: &TcpStream, event: i16) -> io::Result<()> {
    let event = PollFlags::from_bits_retain(event);
    lesson.quietly(|| poll(&mut [PollFd::new(socket.as_fd(), event)], PollTimeout::NONE))?;
    Ok(())
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
