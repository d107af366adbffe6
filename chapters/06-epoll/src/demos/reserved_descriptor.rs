//! One descriptor kept in reserve lets a server at its limit turn clients away instead of spinning.
//!
//! Close the spare one, accept into its place, close the connection, take the spare one back. The
//! client learns at once that there is no room for it, and the queue is empty. It is libev's trick, and
//! not without a gap: with threads another one may take the number in between. The other mend is to take
//! the listener out of the set until a descriptor is free; then clients wait instead of being sent away.
//!
//! Rests on: accept(2), EMFILE; ev(3), "The special problem of accept()ing when you can't"; Linux
//! fs/file.c, `alloc_fd`.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::read;

/// Turns a client away for which there is no descriptor.
pub fn reserved_descriptor(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
    let client = lesson.quietly(|| TcpStream::connect(listener.local_addr()?))?;
    lesson.name(&client, "client");
    let spare = File::open("/dev/null")?;
    lesson.name(&spare, "spare");
    // The kernel gives the lowest free number: none below this one is free.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, u64::from(spare.as_raw_fd().unsigned_abs()) + 1, hard)?;
    lesson.say("a client has connected, and the process may have no further descriptor");

    let mut events = [EpollEvent::empty(); 4];
    epoll.wait(&mut events, EpollTimeout::ZERO)?;
    let refused = listener.accept().is_err_and(|error| error.raw_os_error() == Some(libc::EMFILE));
    lesson.say("the spare one makes room");
    drop(spare);
    let (turned_away, _) = listener.accept()?;
    drop(turned_away);
    let spare = File::open("/dev/null")?;
    lesson.name(&spare, "spare");
    let quiet = lesson.predict(
        "What does the wait report now?",
        &[
            ("listener: IN", "The client is off the queue: accepted, and closed at once."),
            ("nothing", "The queue is empty, and the loop may sleep."),
        ],
        || epoll.wait(&mut events, EpollTimeout::ZERO),
    )?;
    let told = read(&client, &mut [0; 16])?;
    lesson.seen(
        "the queue is empty, the client reads the end, and the spare descriptor is back",
        refused && (quiet, told) == (0, 0),
    );
    lesson.quietly(|| drop((listener, epoll, client, spare)));
    Ok(())
}
