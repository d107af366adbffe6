//! An edge for room is owed after a write found none; a Unix socket gives one for each read of its peer besides.
//!
//! Who registers both directions once and for all, edge-triggered, counts on this: as long as writes find room,
//! OUT is no news and costs nothing. TCP keeps a mark: it tells of room only after it had to refuse some. A Unix
//! socket keeps none, and tells whenever its peer has read. So each answer that is read wakes the server once more,
//! with nothing to do; and a server that forgets the rest of a request may be saved by it, and fail over TCP.
//!
//! Rests on: epoll(7), "Questions and answers"; Linux net/ipv4/tcp_input.c, `tcp_check_space` (SOCK_NOSPACE);
//! net/unix/af_unix.c, `unix_write_space`.

use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

use crate::stages::clients::{narrow_client, narrow_listener};

/// Watches a TCP and a Unix socket whose peers read what they are sent.
pub fn edges_of_room(lesson: &Lesson) -> io::Result<()> {
    let (tcp_client, tcp) = lesson.quietly(|| {
        let (listener, address) = narrow_listener()?;
        let client = narrow_client(address)?;
        let (served, _) = listener.accept()?;
        served.set_nonblocking(true)?;
        client.set_nonblocking(false)?;
        io::Result::Ok((client, served))
    })?;
    let (unix_client, unix) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&tcp, "tcp");
    lesson.name(&tcp_client, "tcp client");
    lesson.name(&unix, "unix");
    lesson.name(&unix_client, "unix client");

    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let both = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
    epoll.add(&tcp, EpollEvent::new(both, 1))?;
    epoll.add(&unix, EpollEvent::new(both, 2))?;
    let mut events = [EpollEvent::empty(); 8];
    epoll.wait(&mut events, EpollTimeout::ZERO)?;

    lesson.say("each sends an answer, and there is room for many more; each peer reads it");
    write(&tcp, b"answer")?;
    read(&tcp_client, &mut [0; 16])?;
    write(&unix, b"answer")?;
    read(&unix_client, &mut [0; 16])?;
    let told = lesson.predict(
        "Which of the two is told of room?",
        &[
            ("nothing", "So it is with TCP, which tells of room only after a write found none."),
            ("unix: OUT", ""),
            ("tcp: OUT, unix: OUT", "TCP looks for a mark that a refused write leaves, and there is none."),
        ],
        || epoll.wait(&mut events, EpollTimeout::ZERO),
    )?;
    let only_unix = told == 1 && events[0].data() == 2;

    lesson.say("now TCP is filled, up to EAGAIN, and its peer reads");
    let refused = lesson.in_short(|| {
        loop {
            if let Err(errno) = write(&tcp, &[b'.'; 4096]) {
                break errno;
            }
        }
    });
    lesson.quietly(|| read_all_there_is(&tcp_client))?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    lesson.seen("over TCP an edge for room is owed after EAGAIN, and comes at no other time", only_unix);
    lesson.seen(
        "after EAGAIN it comes as soon as the peer has made room",
        refused == Errno::EAGAIN && events[0].data() == 1 && events[0].events() == EpollFlags::EPOLLOUT,
    );
    lesson.quietly(|| drop((tcp, tcp_client, unix, unix_client, epoll)));
    Ok(())
}

fn read_all_there_is(mut client: &std::net::TcpStream) -> io::Result<()> {
    client.set_nonblocking(true)?;
    loop {
        match client.read(&mut [0; 4096]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            done => done?,
        };
    }
}
