//! MSG_WAITALL does not promise all: a signal, the end of the stream or a reset cut it short.
//!
//! The call copies what comes as it comes, so when something ends the wait there are bytes that
//! it cannot take back. It returns their count, and the reason has to wait for the next call.
//! A TCP socket keeps the reason until then. A Unix socket does not: the short call has used up
//! the error to stop at, and the next one sees an ordinary end of the stream.
//!
//! Rests on: recv(2), "MSG_WAITALL"; UNPv3 section 14.3; Linux net/ipv4/tcp.c, `tcp_recvmsg_locked`
//! (stops at `sk_err`, clears it only with nothing copied) and net/unix/af_unix.c,
//! `unix_stream_read_generic` (`sock_error` reads the error and clears it).

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::thread;

use lab::{Lesson, Turn};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::socket::{MsgFlags, Shutdown, recv, setsockopt, shutdown, sockopt};
use nix::unistd::{getpid, gettid, write};

/// Three ways to get 3 bytes of 16.
pub fn waitall_returns_short(lesson: &Lesson) -> io::Result<()> {
    let signal = signal_caught(lesson)?;
    let end = peer_closes(lesson)?;
    let reset = connection_reset(lesson)?;
    lesson.observe(
        "C167",
        "MSG_WAITALL returns fewer bytes than asked when a signal is caught, the stream ends or the connection breaks",
        [signal, end, reset] == [3, 3, 3],
    );
    reset_of_a_unix_socket(lesson)
}

fn signal_caught(lesson: &Lesson) -> io::Result<usize> {
    extern "C" fn wake(_: libc::c_int) {}
    let action = SigAction::new(SigHandler::Handler(wake), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: a handler that does nothing is async-signal-safe.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    let (process, reader) = (getpid(), gettid());

    let (client, server) = unix_pair(lesson)?;
    let got = wait_for_16(lesson, &server, |turn| {
        write(&client, b"hel")?;
        turn.next();
        // SAFETY: tgkill takes numbers only, and the thread lives as long as this scope.
        unsafe { libc::tgkill(process.as_raw(), reader.as_raw(), libc::SIGUSR1) };
        Ok(())
    });
    lesson.say("SA_RESTART changes nothing: a call with bytes in hand is not started again");
    lesson.quietly(|| drop((client, server)));
    got
}

fn peer_closes(lesson: &Lesson) -> io::Result<usize> {
    let (client, server) = unix_pair(lesson)?;
    lesson.say("the end of the stream");
    let got = wait_for_16(lesson, &server, |turn| {
        write(&client, b"hel")?;
        turn.next();
        Ok(shutdown(client.as_raw_fd(), Shutdown::Write)?)
    });
    lesson.quietly(|| drop((client, server)));
    got
}

fn connection_reset(lesson: &Lesson) -> io::Result<usize> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "tcp client");
    lesson.name(&server, "tcp server");
    lesson.say("a reset; what it was, the next call tells");
    let got = wait_for_16(lesson, &server, |turn| {
        write(&client, b"hel")?;
        turn.next();
        // With no time to linger, close sends RST in place of FIN.
        setsockopt(&client, sockopt::Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?;
        drop(client);
        Ok(())
    });
    let next = recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_WAITALL);
    lesson.seen("a TCP socket keeps the error for the next call", next == Err(nix::Error::ECONNRESET));
    lesson.quietly(|| drop(server));
    got
}

fn reset_of_a_unix_socket(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = unix_pair(lesson)?;
    lesson.say("a Unix socket is reset too, by a peer that closes with something unread");
    write(&server, b"?")?;
    wait_for_16(lesson, &server, |turn| {
        write(&client, b"hel")?;
        turn.next();
        drop(client);
        Ok(())
    })?;
    let next = lesson.predict(
        "On TCP the next call said ECONNRESET. What does it return here?",
        &[
            ("ECONNRESET", "It would, had the short call not read the socket's error already: reading it clears it."),
            ("0", "The short call has read the error, and reading it cleared it. What is left looks like a clean end."),
            ("sleeps", "Nothing can come any more, so there is nothing to sleep for."),
        ],
        || recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_WAITALL),
    );
    lesson.seen("on a Unix socket a short MSG_WAITALL swallows the reset", next == Ok(0));
    lesson.quietly(|| drop(server));
    Ok(())
}

/// Asks for 16 bytes while the client plays.
fn wait_for_16(
    lesson: &Lesson,
    server: &impl AsFd,
    client: impl FnOnce(&Turn) -> io::Result<()> + Send,
) -> io::Result<usize> {
    thread::scope(|scope| {
        lesson.peer(scope, "client", client);
        Ok(recv(server.as_fd().as_raw_fd(), &mut [0; 16], MsgFlags::MSG_WAITALL)?)
    })
}

fn unix_pair(lesson: &Lesson) -> io::Result<(UnixStream, UnixStream)> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    Ok((client, server))
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
