//! An edge-triggered listener with one accept an event serves each client when the next one comes.
//!
//! Several connections that are complete before the wait are one event. One `accept` takes one of them, and the others
//! stay in the queue, established, with their requests sent and nobody told. The next arrival is an edge, and its
//! `accept` takes the oldest: from then on the server is one client behind, or more, for ever. In a quiet night
//! the last client waits till morning. Mend: accept until `EAGAIN`; or leave the listener level-triggered.
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered"; accept(2), `EAGAIN`; include/net/inet_connection_sock.h,
//! `inet_csk_listen_poll`; net/ipv4/tcp_minisocks.c, `tcp_child_process` (it wakes the listener).

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

/// Three clients come at once, and a fourth later.
pub fn listener_accepts_once(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    lesson.quietly(|| listener.set_nonblocking(true))?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0))?;
    let mut events = [EpollEvent::empty(); 8];

    lesson.say("three clients connect, and each sends its name");
    let _first_three = lesson.quietly(|| come(&listener, ["first", "second", "third"]))?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    serve_one(lesson, &listener)?;
    let choices = [
        ("listener: IN", "A level-triggered listener would say so. Here the arrivals are past, and were one event."),
        ("nothing", "Three arrivals before the wait are one event, and it has been told."),
    ];
    let stranded = lesson.predict("Two are in the queue. What does the next wait report?", &choices, || {
        epoll.wait(&mut events, EpollTimeout::ZERO)
    })?;

    lesson.say("a fourth comes: an edge, and one more accept");
    let _fourth = lesson.quietly(|| come(&listener, ["fourth"]))?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    let mut served = Ok(String::new());
    let choices = [
        ("the fourth", "It caused the event, but accept knows nothing of that: it takes the oldest in the queue."),
        ("the second", "The oldest in the queue. The third and the fourth wait for a fifth and a sixth."),
    ];
    lesson.ask("Who is served?", &choices, || {
        served = serve_one(lesson, &listener);
        format!("the {}", served.as_deref().unwrap_or("nobody"))
    });
    let late = served? == "second" && stranded == 0;

    lesson.say("the mend: an edge is owed accepts until EAGAIN");
    let mut more = Vec::new();
    let ended = loop {
        match serve_one(lesson, &listener) {
            Ok(name) => more.push(name),
            Err(error) => break error,
        }
    };
    let left = lesson.quietly(|| waiting(&listener))?;
    lesson.seen("with one accept an event the second client is served when the fourth comes", late && left == 0);
    lesson.seen(
        "the rest were there all the time, for whoever accepts until EAGAIN",
        more == ["third", "fourth"] && ended.raw_os_error() == Some(libc::EAGAIN),
    );
    Ok(())
}

/// Accepts one connection, and reads who it is.
fn serve_one(lesson: &Lesson, listener: &TcpListener) -> io::Result<String> {
    let (connection, _) = listener.accept()?;
    let mut name = [0; 16];
    // The name was sent before accept was called, and on loopback it has arrived: see `come`.
    let length = read(&connection, &mut name)?;
    lesson.quietly(|| drop(connection));
    Ok(String::from_utf8_lossy(&name[..length]).into_owned())
}

/// Connects clients, one after the other, and returns when all are in the listener's queue.
fn come<const N: usize>(listener: &TcpListener, names: [&str; N]) -> io::Result<[TcpStream; N]> {
    let address = listener.local_addr()?;
    let mut clients = Vec::new();
    for name in names {
        let before = waiting(listener)?;
        let client = TcpStream::connect(address)?;
        write(&client, name.as_bytes())?;
        // The last step of the handshake may come after connect has returned.
        while waiting(listener)? == before {
            std::thread::yield_now();
        }
        clients.push(client);
    }
    clients.try_into().map_err(|_| io::Error::other("a client is missing"))
}

/// How many connections wait to be accepted (tcp(7), `TCP_INFO`: of a listener, `tcpi_unacked` is that).
fn waiting(listener: &TcpListener) -> io::Result<u32> {
    // SAFETY: all members are numbers, for which zero is a value.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = size_of_val(&info) as libc::socklen_t;
    let (level, option) = (libc::IPPROTO_TCP, libc::TCP_INFO);
    let into = (&raw mut info).cast();
    // SAFETY: `info` is valid for its length, and the kernel writes no more.
    Errno::result(unsafe { libc::getsockopt(listener.as_raw_fd(), level, option, into, &raw mut length) })?;
    Ok(info.tcpi_unacked)
}
