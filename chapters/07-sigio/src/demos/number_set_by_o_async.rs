//! The number in si_fd is the one that O_ASYNC was set through, and it stays when that descriptor is closed.
//!
//! O_ASYNC belongs to the open file description, which all its duplicates share. But who sets it is written
//! down with his number. Close that descriptor, and as long as a duplicate lives, signals come with a number that
//! nobody has. fcntl(2) describes the case, but has the number from the F_SETSIG operation; it is F_SETFL's. The
//! mend: O_ASYNC off and on again, through a descriptor that is left.
//!
//! Rests on: fcntl(2), `F_SETSIG` ("the file descriptor provided in si_fd is the one that was specified during the
//! F_SETSIG operation": not so); Linux fs/fcntl.c, `setfl` and `fasync_insert_entry` (`fa->fa_fd = fd`).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::{dup, getpid, write};

use crate::signals::{Signals, set_owner, set_signal};

/// F_SETSIG through one number, O_ASYNC through another.
pub fn number_set_by_o_async(lesson: &Lesson) -> io::Result<()> {
    let (client, original) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&original, "original");
    let duplicate = dup(&original)?;
    lesson.name(&duplicate, "duplicate");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    set_signal(&original, libc::SIGRTMIN())?;
    set_owner(&original, getpid())?;
    fcntl(&duplicate, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;

    write(&client, b"one")?;
    let choices = [
        ("original", "The manual says so: the one of F_SETSIG. The kernel writes the number down when O_ASYNC is set."),
        ("duplicate", ""),
    ];
    let (first, second) = (original.as_raw_fd(), duplicate.as_raw_fd());
    let mut fd = -1;
    lesson.ask("Which number is in si_fd?", &choices, || {
        fd = events.wait().map_or(-1, |taken| taken.fd);
        if fd == first {
            "original"
        } else if fd == second {
            "duplicate"
        } else {
            "neither"
        }
    });
    lesson.seen("si_fd is the number that F_SETFL got, not F_SETSIG", fd == second);

    lesson.say("that one is closed; the description lives on in the other");
    drop(duplicate);
    write(&client, b"two")?;
    let orphan = events.wait()?;
    let bad = recv(orphan.fd, &mut [0; 16], MsgFlags::empty());
    lesson
        .seen("signals go on with the number of a closed descriptor", orphan.fd == second && bad == Err(Error::EBADF));

    lesson.say("off and on again, through the one that is left");
    fcntl(&original, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    fcntl(&original, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    write(&client, b"three")?;
    let mended = events.wait_at_most(Duration::ZERO)?;
    lesson.seen("to set O_ASYNC anew is to write the number down anew", mended.fd == first);
    lesson.quietly(|| drop((client, original)));
    Ok(())
}
