//! Edge-triggered epoll says nothing of what you left behind: read less than came, and the rest lies there unheard.
//!
//! A server that reads once per event works as long as each request fits its buffer. The first that does
//! not is served to its first half; the second half lies in the socket, the client waits for its answer,
//! the server for an event that only the client could cause. Both sleep. So an edge is a debt:
//! whoever has been told of it reads until `EAGAIN`, for which the descriptor must be non-blocking; or
//! remembers that it has not (demo `fairness_budget`).
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered"; fs/eventpoll.c, `ep_send_events` (it takes an
//! edge-triggered member off the ready list, and only `ep_poll_callback` puts it back).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

/// Reads a part of a request, waits for the rest, and then drains what it should have drained at first.
pub fn leftovers_after_partial_read(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    lesson.quietly(|| server.set_nonblocking(true))?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0))?;
    let mut events = [EpollEvent::empty(); 8];

    write(&client, b"GET /")?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    read(&server, &mut [0; 3])?;
    lesson.say("two bytes are still there, and the client waits for an answer");
    let choices = [
        (
            "server: IN",
            "So says level-triggered epoll (demo level_edge_oneshot). An edge is the arrival, and it is over.",
        ),
        ("nothing", ""),
        ("an error", "Nothing is wrong from the kernel's point of view: it has told you once, as you asked."),
    ];
    let twenty_ms = EpollTimeout::from(20_u8);
    let reported =
        lesson.predict("What does the server's next wait report?", &choices, || epoll.wait(&mut events, twenty_ms))?;
    let unread = queued(&server)?;
    lesson.observe(
        "C124",
        "who has been told of an edge must read until EAGAIN, or remember it: of what it leaves nobody tells it again",
        (reported, unread) == (0, 2),
    );

    lesson.say("had the client lost patience and sent more, that would be an edge for all that is there");
    write(&client, b"index")?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    // ANCHOR: drain
    let mut request = b"GET".to_vec();
    let mut buffer = [0; 4];
    loop {
        match read(&server, &mut buffer) {
            Ok(0) => break,
            Ok(count) => request.extend(&buffer[..count]),
            // Drained: the next byte to arrive will be an edge.
            Err(Errno::EAGAIN) => break,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // ANCHOR_END: drain
    lesson.seen("a loop until EAGAIN leaves nothing behind", request == b"GET /index" && queued(&server)? == 0);
    Ok(())
}

/// How many bytes lie in the socket.
fn queued(socket: &UnixStream) -> io::Result<i32> {
    let mut bytes = 0;
    // SAFETY: the request writes one int.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), libc::FIONREAD, &raw mut bytes) })?;
    Ok(bytes)
}
