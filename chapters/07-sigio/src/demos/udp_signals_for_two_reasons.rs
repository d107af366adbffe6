//! A UDP socket signals for two reasons, a datagram or an error: this is what SIGIO was good for.
//!
//! Each datagram is one signal, so their number and order are those of the datagrams; an ICMP error is the other
//! reason, and says POLL_ERR. (Room to send is a third on Linux, but only after a send that found none: see
//! `writable_after_eagain`.) A time server of the 1980s took its timestamps in a SIGIO handler, as near to the arrival
//! as a process could be (UNPv3 section 25.2 tells of it). Today SO_TIMESTAMPNS has the kernel write the time down.
//!
//! Rests on: UNPv3 sections 25.2 and 25.3; Linux net/ipv4/udp.c, `__udp_enqueue_schedule_skb` and `__udp4_lib_err`;
//! udp(7), "Error handling".

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, read, write};

use crate::signals::{POLL_ERR, POLL_IN, Signals, set_owner, set_signal};

/// Three datagrams come; then one is sent to somebody who has gone.
pub fn udp_signals_for_two_reasons(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(udp_pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    lesson.quietly(|| {
        set_signal(&server, libc::SIGRTMIN())?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))
    })?;

    for datagram in ["one", "two", "three"] {
        write(&client, datagram.as_bytes())?;
    }
    let mut codes = Vec::new();
    let mut buffer = [0; 16];
    for _ in 0..3 {
        codes.push(events.wait()?.code);
        read(&server, &mut buffer)?;
    }
    lesson.seen("each datagram was one signal", codes == [POLL_IN; 3]);

    lesson.say("the client closes its socket, and the server answers all the same");
    drop(client);
    write(&server, b"answer")?;
    let choices = [
        ("SIGRTMIN: POLL_HUP, band ERR|HUP, fd server", "UDP knows of no connection that could be hung up."),
        ("SIGRTMIN: POLL_ERR, band ERR, fd server", ""),
        ("sleeps", "UDP does not wait for an answer, but where nobody has the port an ICMP error comes back."),
    ];
    let error = lesson.predict("What does the server hear?", &choices, || events.wait())?;
    let refused = read(&server, &mut buffer);
    lesson.seen(
        "an error that comes back is the other reason",
        error.code == POLL_ERR && refused == Err(Error::ECONNREFUSED),
    );
    lesson.quietly(|| drop(server));
    Ok(())
}

fn udp_pair() -> io::Result<(UdpSocket, UdpSocket)> {
    let any = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    let (client, server) = (any()?, any()?);
    client.connect(server.local_addr()?)?;
    server.connect(client.local_addr()?)?;
    Ok((client, server))
}
