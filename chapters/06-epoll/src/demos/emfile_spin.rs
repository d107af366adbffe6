//! A listener that cannot be accepted from is ready for ever, and its loop spins.
//!
//! accept needs a descriptor before it takes a connection off the queue. Without one it fails with EMFILE,
//! and the connection stays where it is; so the level stays, and the next wait returns at once. A server
//! at its limit burns a processor, writes a log line a turn, and serves its old clients worse for it.
//!
//! Rests on: accept(2), EMFILE; Linux net/socket.c, `__sys_accept4` (the number is taken first).

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// How often the loop goes round while it is watched.
const TURNS: usize = 100;

/// Goes round an accept loop with no descriptor left.
pub fn emfile_spin(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    let client = lesson.quietly(|| TcpStream::connect(listener.local_addr()?))?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, 0, hard)?;
    lesson.say("a client has connected, and the process may have no further descriptor");

    let mut events = [EpollEvent::empty(); 4];
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    let refused = listener.accept().err().and_then(|error| error.raw_os_error());
    lesson.predict(
        "accept has failed with EMFILE. What does the next wait, with no timeout, do?",
        &[
            ("sleeps", "There is still a connection in the queue: that is what ready means."),
            ("listener: IN", "The connection is still in the queue, and always will be."),
            ("listener: ERR", "Nothing is wrong with the listener. It is the process that lacks something."),
        ],
        || epoll.wait(&mut events, EpollTimeout::NONE),
    )?;
    let turns = lesson.in_short(|| {
        let turn = |_: &usize| {
            let woken = epoll.wait(&mut events, EpollTimeout::NONE) == Ok(1);
            woken && listener.accept().is_err_and(|error| error.raw_os_error() == Some(libc::EMFILE))
        };
        (0..TURNS).take_while(turn).count()
    });
    lesson.seen(
        "accept failed with EMFILE and left the connection in the queue; a hundred waits without a timeout \
         returned, with nothing new to tell",
        refused == Some(Errno::EMFILE as i32) && turns == TURNS,
    );
    lesson.quietly(|| drop((listener, client, epoll)));
    Ok(())
}
