//! read takes any kind of descriptor, recv only sockets; what it reads is up to the object behind.
//!
//! `read` goes through the file description's own table of operations, `recv` goes to the socket
//! and finds none: ENOTSOCK. That any descriptor may be given to `read` does not mean that each
//! has bytes to give: an epoll set has none, a directory has `getdents64`.
//! On a socket `recv` without flags is `read`, but for one case: asked for no bytes at all. (The
//! manual names another, an empty datagram; Linux treats that alike.)
//!
//! Rests on: recv(2) and its notes; UNPv3 section 14.5; Linux fs/read_write.c, `vfs_read`, and
//! net/socket.c, `sock_from_file` and `sock_read_iter` ("Match SYS5 behaviour").

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixStream};

use lab::Lesson;
use nix::Error;
use nix::sys::epoll::{Epoll, EpollCreateFlags};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::{MsgFlags, recv, send};
use nix::sys::uio::readv;
use nix::unistd::{pipe, read, write};

/// Reads a socket, a pipe, a counter, a directory and an epoll set.
pub fn any_descriptor(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let (reader, writer) = lesson.quietly(pipe)?;
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");
    let counter = lesson.quietly(|| EventFd::from_value_and_flags(1, EfdFlags::EFD_CLOEXEC))?;
    lesson.name(&counter, "eventfd");
    let directory = lesson.quietly(|| File::open("/"))?;
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&directory, "directory");
    lesson.name(&epoll.0, "epoll");

    let mut buffer = [0; 8];
    write(&client, b"socket")?;
    let socket = read(&server, &mut buffer);
    write(&writer, b"pipe")?;
    let only_sockets = lesson.predict(
        "Four bytes are in the pipe. What does recv return?",
        &[
            ("\"pipe\"", "It would from a socket. recv is an operation of sockets."),
            ("ENOTSOCK", "The bytes stay where they are, for read."),
            ("sleeps", "There is something to read."),
        ],
        || recv(reader.as_raw_fd(), &mut buffer, MsgFlags::empty()),
    );
    let sent = send(writer.as_raw_fd(), b"pipe", MsgFlags::empty());
    let piped = readv(&reader, &mut [IoSliceMut::new(&mut buffer)]);
    let counted = read(&counter, &mut buffer);
    let directory_read = read(&directory, &mut buffer);
    let epoll_read = read(&epoll.0, &mut buffer);
    lesson.observe(
        "C173",
        "read and readv work on any kind of descriptor that has bytes to give (a directory says EISDIR, an epoll set \
         EINVAL); recv and send say ENOTSOCK to all but sockets",
        (socket, piped, counted) == (Ok(6), Ok(4), Ok(8))
            && (directory_read, epoll_read) == (Err(Error::EISDIR), Err(Error::EINVAL))
            && (only_sockets, sent) == (Err(Error::ENOTSOCK), Err(Error::ENOTSOCK)),
    );
    lesson.quietly(|| drop((client, server, reader, writer, counter, directory, epoll)));
    no_bytes_at_all(lesson)
}

fn no_bytes_at_all(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixDatagram::pair)?;
    lesson.name(&client, "datagram client");
    lesson.name(&server, "datagram server");
    let mut buffer = [0; 8];
    lesson.say("an empty datagram is a datagram: read takes it, as recv would");
    write(&client, b"")?;
    read(&server, &mut buffer)?;
    let gone = recv(server.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT);

    write(&client, b"one")?;
    write(&client, b"two")?;
    read(&server, &mut [])?;
    recv(server.as_raw_fd(), &mut [], MsgFlags::empty())?;
    let left = lesson.predict(
        "A read of no bytes and a recv of no bytes have each returned 0. What does this read return?",
        &[
            ("\"one\"", "The read of no bytes did nothing, but the recv took a datagram and kept none of it."),
            ("\"two\"", "recv took the first datagram to have no bytes of it; read did not look at the socket."),
            ("sleeps", "It would, had both calls taken a datagram. read returned before it looked."),
        ],
        || read(&server, &mut buffer),
    )?;
    lesson.seen(
        "both take an empty datagram; asked for no bytes, recv takes a datagram and read does nothing",
        gone == Err(Error::EAGAIN) && buffer[..left] == *b"two",
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}
