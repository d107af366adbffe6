//! The set holds the file description, not your descriptor: close one of two, and the set still reports it.
//!
//! A registration is gone when the last descriptor of its description is closed. If a `dup`, a child process or a
//! message in flight holds another, the set reports on under the number that you have closed. You
//! cannot even take it out: `EPOLL_CTL_DEL` wants a descriptor, and the key is the number *and* the description.
//! The closed number finds no description, the duplicate's number no registration. Mend: `EPOLL_CTL_DEL` before
//! `close`, always. (The manual asks for it "before it is duplicated"; before the close is early enough.)
//!
//! Rests on: epoll(7), "Questions and answers", "Will closing a file descriptor cause it to be removed";
//! fs/eventpoll.c, `ep_find` (the key is file and number) and `eventpoll_release_file` (called when the last
//! reference is gone).

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{dup, write};

/// Closes a descriptor that has a duplicate, without and with taking it out of the set first.
pub fn close_with_live_dup(lesson: &Lesson) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut events = [EpollEvent::empty(); 8];
    let mut ask = || epoll.wait(&mut events, EpollTimeout::ZERO);

    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    let duplicate = dup(&server)?;
    lesson.name(&duplicate, "duplicate");
    write(&client, b"hello?")?;
    let number = server.as_raw_fd();
    drop(server);
    let choices = [
        (
            "nothing",
            "It would, were this the last descriptor. The duplicate keeps the description open, which the set holds.",
        ),
        (
            "server: IN",
            "What the set holds is the description, and that is open. It reports it by what you gave with ADD.",
        ),
        ("EBADF", "The set does not look at the number: it holds the description itself."),
    ];
    let ghost = lesson.predict("The server's descriptor is closed. What does the wait report?", &choices, &mut ask)?;
    lesson.say("so take it out of the set, by the old number, or by the one that is still open");
    let by_number = delete(&epoll, number);
    let choices = [
        ("0", "The description is in the set, but under the old number, and the number is a part of the key."),
        ("ENOENT", "The set finds a member by number and description, and there is none under this number."),
        ("EBADF", "That is what the closed number says. This one is open."),
    ];
    let by_duplicate = lesson.predict("What does DEL say to the duplicate?", &choices, || epoll.delete(&duplicate));
    let again = ask()?;
    lesson.say("there is nothing to be read from and nothing to be deleted, and each wait reports it: the loop spins");
    drop(duplicate);
    let gone = ask()?;
    lesson.seen(
        "a closed descriptor is reported for as long as a duplicate is open, and cannot be taken out by either number",
        (ghost, again, gone) == (1, 1, 0) && (by_number, by_duplicate) == (Err(Errno::EBADF), Err(Errno::ENOENT)),
    );

    lesson.say("the mend: first out of the set, then closed");
    let (client, server) = lesson.quietly(|| {
        drop(client);
        UnixStream::pair()
    })?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, 1))?;
    let duplicate = dup(&server)?;
    lesson.name(&duplicate, "duplicate");
    epoll.delete(&server)?;
    drop(server);
    write(&client, b"hello?")?;
    let silent = ask()?;
    lesson.seen("after EPOLL_CTL_DEL nothing is reported, whoever holds a duplicate", silent == 0);
    lesson.quietly(|| drop((client, duplicate)));
    Ok(())
}

/// `EPOLL_CTL_DEL` of a number that may no longer be a descriptor.
fn delete(epoll: &Epoll, number: RawFd) -> nix::Result<()> {
    let set = epoll.0.as_raw_fd();
    // SAFETY: DEL reads no event, and a number that is no descriptor is answered with EBADF.
    Errno::result(unsafe { libc::epoll_ctl(set, libc::EPOLL_CTL_DEL, number, std::ptr::null_mut()) }).map(drop)
}
