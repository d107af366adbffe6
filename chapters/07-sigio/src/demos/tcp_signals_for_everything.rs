//! TCP signals for too many reasons, and says IN for three of them: data, the end of the stream, a new client.
//!
//! A plain SIGIO of a TCP socket means: a connection was made, data came, the peer has closed or half closed,
//! room was made, or something broke. That was the end of signal-driven TCP before F_SETSIG: one must ask which it
//! was, and to ask is what signals were to save. With F_SETSIG the code tells a few apart, not enough: the end of the
//! stream is POLL_IN, as poll's POLLIN is, and only a read tells it from data. Urgent data adds a signal of its
//! own: SIGURG goes to the same owner.
//!
//! Rests on: UNPv3 section 25.2, "SIGIO Signal and TCP Sockets"; Linux net/ipv4/tcp_input.c, `tcp_data_queue`,
//! `tcp_fin`, `tcp_check_urg` and `tcp_reset`; socket(7), "Signals".

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{MsgFlags, Shutdown, send, setsockopt, shutdown, sockopt::Linger};
use nix::unistd::{getpid, read, write};

use crate::signals::{POLL_ERR, POLL_IN, POLL_PRI, Signal, Signals, set_owner, set_signal};

/// Four sockets, each with a signal of its own.
pub fn tcp_signals_for_everything(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let [connecting, ending, breaking, urging] = [0, 1, 2, 3].map(|number| libc::SIGRTMIN() + number);
    Signals::of(&[libc::SIGURG, connecting, ending, breaking, urging]).block()?;
    lesson.quietly(|| arm(&listener, connecting))?;

    lesson.say("a client connects");
    let client = lesson.quietly(|| TcpStream::connect(listener.local_addr()?))?;
    lesson.name(&client, "client");
    let connected = Signals::of(&[connecting]).wait()?;
    let (server, _) = listener.accept()?;
    lesson.name(&server, "server");
    lesson.quietly(|| arm(&server, ending))?;
    write(&client, b"hello")?;
    let data = Signals::of(&[ending]).wait()?;
    read(&server, &mut [0; 16])?;
    lesson.say("that was all");
    shutdown(client.as_raw_fd(), Shutdown::Write)?;
    let choices = [
        (
            "SIGRTMIN+1: POLL_HUP, band ERR|HUP, fd server",
            "That is for both directions. Half a connection has ended, and a reader has something to find: 0.",
        ),
        ("SIGRTMIN+1: POLL_IN, band IN|RDNORM, fd server", ""),
    ];
    let end = lesson
        .predict("The stream has ended. What does the signal say?", &choices, || Signals::of(&[ending]).wait())?;
    let nothing = read(&server, &mut [0; 16])?;
    lesson.quietly(|| drop((client, server)));

    lesson.say("another client breaks the connection");
    let (client, server) = lesson.quietly(|| connection(lesson, &listener))?;
    lesson.quietly(|| arm(&server, breaking))?;
    setsockopt(&client, Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?;
    drop(client);
    let broken = Signals::of(&[breaking]).wait()?;
    lesson.quietly(|| drop(server));
    lesson.seen(
        "a new client, data and the end of the stream are all POLL_IN; a reset is POLL_ERR",
        [connected, data, end].map(|taken| taken.code) == [POLL_IN; 3] && nothing == 0 && broken.code == POLL_ERR,
    );

    lesson.say("a third has something urgent");
    let (client, server) = lesson.quietly(|| connection(lesson, &listener))?;
    lesson.quietly(|| arm(&server, urging))?;
    send(client.as_raw_fd(), b"!", MsgFlags::MSG_OOB)?;
    let alarm = Signals::of(&[libc::SIGURG]).wait()?;
    let urgent = Signals::of(&[urging]).wait()?;
    lesson.seen(
        "urgent data sends two: SIGURG, which F_SETSIG does not change, and the descriptor's own with POLL_PRI",
        (alarm.signal, urgent.code) == (libc::SIGURG, POLL_PRI),
    );
    lesson.quietly(|| drop((client, server, listener)));
    Ok(())
}

fn connection(lesson: &Lesson, listener: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    Ok((client, server))
}

fn arm(descriptor: &impl AsFd, signal: Signal) -> nix::Result<()> {
    set_signal(descriptor, signal)?;
    set_owner(descriptor, getpid())?;
    fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    Ok(())
}
