//! A cap that only skips the accept leaves the listener in the hands of the code for clients, which closes it.
//!
//! The loop has two branches: the listener, if there is room, and everybody else. With the house full the listener
//! is everybody else: it is read from. A listener has no bytes, and the error is taken for a client's end. From then
//! on the port is closed, and those who are served notice nothing.
//!
//! Rests on: recv(2), ENOTCONN; Linux net/ipv4/tcp.c, `tcp_recvmsg_locked` (a listener has nothing to receive).

use std::io::{self, ErrorKind};
use std::net::TcpStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::read;

use crate::stages::clients::narrow_listener;

/// How many clients there is room for.
const MOST: usize = 1;

/// Serves one client more than there is room for.
pub fn full_house(lesson: &Lesson) -> io::Result<()> {
    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.name(&listener, "listener");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let connect = || lesson.quietly(|| TcpStream::connect(address));
    let first = connect()?;
    lesson.name(&first, "first client");
    let (served, _) = listener.accept()?;
    lesson.name(&served, "served");
    let clients = [served];

    lesson.say("one client is in, and there is room for no more; another comes");
    let second = connect()?;
    lesson.name(&second, "second client");
    epoll.wait(&mut [EpollEvent::empty(); 8], EpollTimeout::NONE)?;
    let fate = lesson.predict(
        "The listener is ready, and the house is full. What does the read that is meant for clients return from it?",
        &[
            ("ENOTCONN", ""),
            ("EAGAIN", "Even in non-blocking mode it would not be that: a listener will never have bytes."),
            ("0", "To the loop it is as good as that: anything but a count is an end."),
        ],
        || if clients.len() < MOST { Ok(0) } else { read(&listener, &mut [0; 16]) },
    );
    lesson.say("the loop takes it for a client's end");
    drop(listener);
    let third = TcpStream::connect(address);
    let waiting = read(&second, &mut [0; 16]);
    lesson.observe(
        "C176",
        "a full house closes its own door: who waits is reset, and who comes later is refused",
        fate == Err(nix::Error::ENOTCONN)
            && third.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
            && waiting == Err(nix::Error::ECONNRESET),
    );
    lesson.quietly(|| drop((first, second, clients, epoll)));
    Ok(())
}
