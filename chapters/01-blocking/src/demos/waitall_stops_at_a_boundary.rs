//! MSG_WAITALL never reads across a boundary: an urgent byte, a passed descriptor, a datagram's end.
//!
//! A call returns one kind of thing. Where the next thing in the queue is of another kind, it
//! returns what it has, though more has come and nobody has to be waited for.
//!
//! Rests on: recv(2), "MSG_WAITALL" ("the next data … is of a different type"); Linux net/ipv4/tcp.c,
//! `tcp_recvmsg_locked` ("Are we at urgent data?"); net/unix/af_unix.c,
//! `unix_stream_read_generic` (leaves its loop after a message that carried descriptors).

use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::{UnixDatagram, UnixStream};

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessage, MsgFlags, recv, send, sendmsg};
use nix::unistd::write;

/// Everything is there before the call is made, and still the call is short.
pub fn waitall_stops_at_a_boundary(lesson: &Lesson) -> io::Result<()> {
    urgent_byte(lesson)?;
    passed_descriptor(lesson)?;
    datagram(lesson)
}

fn urgent_byte(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "tcp client");
    lesson.name(&server, "tcp server");

    send(client.as_raw_fd(), b"hel!", MsgFlags::MSG_OOB)?;
    write(&client, b"lo")?;
    // Loopback delivers soon, not at once.
    lesson.quietly(|| poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLPRI)], PollTimeout::NONE))?;
    lesson.say("five ordinary bytes, and the urgent one is a mark between them");
    let before = recv(server.as_raw_fd(), &mut [0; 5], MsgFlags::MSG_WAITALL)?;
    let behind = recv(server.as_raw_fd(), &mut [0; 2], MsgFlags::MSG_WAITALL)?;
    lesson.seen("the mark of an urgent byte ends a MSG_WAITALL", (before, behind) == (3, 2));
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn passed_descriptor(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    lesson.say("three messages on one stream, and the second carries a descriptor");
    write(&client, b"hel")?;
    let rights = [client.as_raw_fd()];
    sendmsg::<()>(
        client.as_raw_fd(),
        &[IoSlice::new(b"lo")],
        &[ControlMessage::ScmRights(&rights)],
        MsgFlags::empty(),
        None,
    )?;
    write(&client, b" there")?;
    let got = lesson.predict(
        "The server asks for 11 bytes, and 11 are queued. What does it get?",
        &[
            (
                "\"hello there\"",
                "It would, had the three writes been alike: a stream keeps no boundaries between plain bytes.",
            ),
            ("\"hel\"", "A call may end with the bytes that a descriptor came with; it only may not go on after them."),
            (
                "\"hello\"",
                "The call ends with the bytes that carried the descriptor, so that it is clear which these were.",
            ),
        ],
        || recv(server.as_raw_fd(), &mut [0; 11], MsgFlags::MSG_WAITALL),
    )?;
    lesson.seen("a passed descriptor ends a MSG_WAITALL", got == 5);
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn datagram(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixDatagram::pair)?;
    lesson.name(&client, "datagram client");
    lesson.name(&server, "datagram server");

    write(&client, b"hel")?;
    write(&client, b"lo")?;
    lesson.say("a call takes one datagram, whatever it asks for");
    let got = recv(server.as_raw_fd(), &mut [0; 5], MsgFlags::MSG_WAITALL)?;
    lesson.seen("MSG_WAITALL means nothing to a datagram socket", got == 3);
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
