//! A datagram that does not fit is cut, and what was cut off is gone.
//!
//! One receiving call takes one datagram, whole, out of the queue. A buffer that is too small
//! gets the beginning; the rest is thrown away, and `read` and a plain `recv` do not mention it.
//! Only MSG_TRUNC tells: as a result in `msg_flags` after the loss, or as an argument, with
//! MSG_PEEK, before it.
//!
//! Rests on: recv(2), "MSG_TRUNC"; udp(7); Linux net/unix/af_unix.c, `__unix_dgram_recvmsg`.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;

use lab::Lesson;
use nix::sys::socket::{MsgFlags, recv, recvmsg};
use nix::unistd::{read, write};

/// Receives five bytes into two.
pub fn truncated_message(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixDatagram::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let mut two = [0; 2];

    write(&client, b"hello")?;
    write(&client, b"again")?;
    read(&server, &mut two)?;
    let next = lesson.predict(
        "Two bytes of \"hello\" have been read. What does the next read of two bytes return?",
        &[
            ("\"ll\"", "A stream would go on there. A datagram socket has nothing left of this message."),
            ("\"ag\"", "The first message went with the first read; this is the beginning of the second."),
            ("sleeps", "There is a second message."),
        ],
        || read(&server, &mut two),
    )?;
    lesson.seen("the rest of a datagram is lost without a word", next == 2 && two == *b"ag");

    lesson.say("recvmsg has a word for it");
    write(&client, b"hello")?;
    let flags = recvmsg::<()>(server.as_raw_fd(), &mut [IoSliceMut::new(&mut two)], None, MsgFlags::empty())?.flags;
    lesson.seen("recvmsg returns MSG_TRUNC when it has cut a datagram", flags.contains(MsgFlags::MSG_TRUNC));

    write(&client, b"hello")?;
    let length = lesson.ask(
        "The flag can be given, too. What count does recv return into two bytes with PEEK and TRUNC?",
        &[
            ("2", "It copies two; the flag asks for the length that the message has."),
            ("5", "The length of the message, however little was copied. A buffer can be made for it now."),
        ],
        || recv(server.as_raw_fd(), &mut two, MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC).unwrap_or(0),
    );
    let whole = read(&server, &mut vec![0; length])?;
    lesson.seen("MSG_PEEK and MSG_TRUNC together tell a datagram's length before anything is lost", whole == 5);
    lesson.quietly(|| drop((client, server)));
    Ok(())
}
