//! Edge-triggered, the listener at its limit does not spin: it forgets.
//!
//! The edge has been reported, and accept could not use it. When descriptors are free again nobody says so: no
//! epoll set tells of a limit. The client stays in the queue until another one comes. So a server that
//! listens on an edge has to remember that it owes an accept, and try again when it has closed something.
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered"; accept(2), EMFILE.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Misses a client for want of a descriptor, and waits for it when there are some.
pub fn emfile_on_an_edge(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        io::Result::Ok(listener)
    })?;
    lesson.name(&listener, "listener");
    let address = lesson.quietly(|| listener.local_addr())?;
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0))?;
    let mut events = [EpollEvent::empty(); 4];

    let first = lesson.quietly(|| TcpStream::connect(address))?;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, 0, hard)?;
    lesson.say("a client has connected, and the process may have no further descriptor");
    epoll.wait(&mut events, EpollTimeout::ZERO)?;
    let refused = listener.accept().is_err_and(|error| error.raw_os_error() == Some(libc::EMFILE));
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard)?;
    lesson.say("now it may have as many as before");
    let forgotten = lesson.predict(
        "The client is still in the queue, and there are descriptors. What does the wait report?",
        &[
            ("listener: IN", "Level-triggered it would have said so all the time. The edge is past."),
            ("nothing", "An edge is an arrival. Descriptors that become free are none."),
        ],
        || epoll.wait(&mut events, EpollTimeout::ZERO),
    )?;
    let another = lesson.quietly(|| TcpStream::connect(address))?;
    lesson.say("only another client makes a new edge");
    let reminded = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    let accepted = [listener.accept()?, listener.accept()?];
    let came_from = |client: &TcpStream, (_, address): &(TcpStream, SocketAddr)| {
        client.local_addr().is_ok_and(|own| own == *address)
    };
    let in_order = lesson.quietly(|| came_from(&first, &accepted[0]) && came_from(&another, &accepted[1]));
    lesson.seen(
        "a client that could not be accepted is told of again only when the next one comes",
        refused && (forgotten, reminded) == (0, 1) && in_order,
    );
    lesson.quietly(|| drop((listener, epoll, first, another, accepted)));
    Ok(())
}
