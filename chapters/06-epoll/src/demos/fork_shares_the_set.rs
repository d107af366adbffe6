//! After a fork there are two processes and one set: each hears of what the other registers, and of what it holds open.
//!
//! An epoll descriptor is a descriptor like any other, so a child inherits it; and its description is the set
//! itself. What the child adds is in the parent's set, under a number that means nothing to the parent. What the parent
//! closes stays in the set while the child has it open. Mend: make the set after the fork; or close it in the
//! child first of all; and `EPOLL_CTL_DEL` before `close`. For a child that becomes another program `EPOLL_CLOEXEC`
//! and `SOCK_CLOEXEC` do it, but between fork and exec the sharing is there.
//!
//! Rests on: epoll(7), "Questions and answers", "Will closing a file descriptor cause it to be removed"; fork(2);
//! fs/eventpoll.c, `ep_insert` (a member is a file and a number, and belongs to no process).

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe, read, write};

const SERVER: u64 = 0;
/// What the child registers under.
const CHILDS: u64 = 7777;

/// Shares a set with a child, and closes what the child has, too.
pub fn fork_shares_the_set(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    let (gate, childs_gate) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    lesson.name(&gate, "gate");
    lesson.name(&childs_gate, "child's gate");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, SERVER))?;
    let mut events = [EpollEvent::empty(); 8];

    // SAFETY: the child makes nothing but async-signal-safe calls, and never returns.
    let child = match unsafe { fork() }? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => register_and_stay(&epoll, &childs_gate),
    };
    let choices = [
        ("its own server", "Nobody has sent anything to it."),
        ("a descriptor that it does not have", "The child has put a pipe of its own into the set, and the set is one."),
        (
            "nothing: it sleeps",
            "It would, had each process a set of its own. There is one set, and the child has put a pipe into it.",
        ),
    ];
    let mut woke = Ok(0);
    lesson.ask("The child registers a pipe with a byte in it. What wakes the parent?", &choices, || {
        woke = epoll.wait(&mut events, EpollTimeout::NONE);
        if events[0].data() == CHILDS { "a descriptor that it does not have" } else { "its own server" }
    });
    let strange = woke? == 1 && events[0].data() == CHILDS;

    lesson.say("7777 is what the child has registered under; to the parent it says nothing");
    lesson.say("the parent closes its server; the child has inherited one, and knows nothing of it");
    drop(server);
    write(&client, b"hello?")?;
    let choices = [
        ("nothing", "It would, had the parent the only descriptor. The child has inherited another."),
        ("server: IN", "The child's descriptor keeps the description open, and so in the set."),
    ];
    let kept = lesson.predict("The parent has closed it. What does its wait report?", &choices, || {
        epoll.wait(&mut events, EpollTimeout::ZERO)
    })?;
    write(&gate, b"go")?;
    waitpid(child, None)?;
    lesson.say("the child has gone, and with it the last descriptors of both");
    let gone = epoll.wait(&mut events, EpollTimeout::ZERO)?;
    lesson.seen("what the child adds, the parent hears of", strange);
    lesson.seen("what the parent closes is reported for as long as the child has it open", (kept, gone) == (1, 0));
    Ok(())
}

/// What the child does: registers a pipe that has a byte in it, and stays until it is told to go.
fn register_and_stay(epoll: &Epoll, gate: &UnixStream) -> ! {
    if let Ok((reader, writer)) = pipe() {
        // Edge-triggered, so that it is reported once and not at each wait.
        let event = EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, CHILDS);
        let done = write(&writer, b"!").and_then(|_| epoll.add(&reader, event)).and_then(|()| read(gate, &mut [0; 8]));
        // SAFETY: _exit has no preconditions, and leaves alone what belongs to the parent.
        unsafe { libc::_exit(i32::from(done.is_err())) }
    }
    // SAFETY: likewise.
    unsafe { libc::_exit(2) }
}
