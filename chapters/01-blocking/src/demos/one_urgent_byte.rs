//! MSG_OOB reads TCP's one urgent byte past everything queued before it, and only once.
//!
//! TCP has no second channel. A sender of urgent data marks a place in the one stream; Linux
//! takes the byte at the mark out of it and keeps it aside. A read with MSG_OOB fetches that
//! byte, an ordinary read stops before the mark, and the next one steps over it: what it steps
//! over unread is lost.
//!
//! Rests on: RFC 6093 section 3; tcp(7), "Sockets API"; UNPv3 section 24.2, "TCP Out-of-Band
//! Data"; Linux net/ipv4/tcp.c, `tcp_recv_urg` and `tcp_recvmsg_locked`.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv, send};
use nix::unistd::{read, write};

/// Fetches one urgent byte in time, and loses the other.
pub fn one_urgent_byte(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let urgent = || recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_OOB);

    lesson.say("nothing urgent has come, and a read with OOB never sleeps for it");
    let none = urgent();

    lesson.say("of three bytes sent as urgent, one is");
    send(client.as_raw_fd(), b"ab!", MsgFlags::MSG_OOB)?;
    write(&client, b"cd")?;
    lesson.quietly(|| until_urgent(&server))?;
    let first = lesson.predict(
        "\"ab!\" and \"cd\" have been sent, nothing read. What does a read of 16 with OOB return?",
        &[
            ("\"ab!\"", "The flag was on the whole send, but TCP has room for one mark, and it is the last byte's."),
            ("\"!\"", "The urgent byte is the last of its send, and is kept aside from the rest."),
            ("\"ab\"", "Ordinary bytes are what a read without the flag returns."),
        ],
        urgent,
    );
    lesson.say("it is one byte, and it is read once");
    let again = urgent();
    lesson.say("an ordinary read stops at the mark, and the next starts behind it");
    let mut rest = [0; 16];
    let before = read(&server, &mut rest)?;
    let behind = read(&server, &mut rest[before..])?;
    lesson.observe(
        "C166",
        "recv with MSG_OOB returns the urgent byte in place of normal data, once, and EINVAL when there is none",
        first == Ok(1) && [none, again] == [Err(nix::Error::EINVAL); 2] && rest[..before + behind] == *b"abcd",
    );

    lesson.say("the same again, but ordinary reads come first");
    send(client.as_raw_fd(), b"ef!", MsgFlags::MSG_OOB)?;
    write(&client, b"gh")?;
    lesson.quietly(|| until_urgent(&server))?;
    read(&server, &mut rest)?;
    read(&server, &mut rest)?;
    let late = lesson.predict(
        "The ordinary reads have passed the mark. What does a read with OOB return now?",
        &[
            ("\"!\"", "It would up to the mark: the read of \"gh\" has stepped over it."),
            ("EINVAL", "The byte was discarded when the read of \"gh\" stepped over it."),
            ("EAGAIN", "That would mean: announced, but not here yet. It was here."),
        ],
        urgent,
    );
    lesson.seen("an urgent byte that an ordinary read has passed is lost", late == Err(nix::Error::EINVAL));
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

/// Loopback delivers soon, not at once, and a read with MSG_OOB does not wait.
fn until_urgent(server: &impl AsFd) -> nix::Result<i32> {
    poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLPRI)], PollTimeout::NONE)
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
