//! open with O_ASYNC shows the flag, sends no signal, and nothing can arm that descriptor any more.
//!
//! open writes the flag down and tells nobody. F_SETFL and FIOASYNC then look whether the flag *changes*. To set it
//! is no change. To take it away is, but the kernel removes an entry and the flag together, and there is no
//! entry: so the flag stays, for good. open(2) knows the first half ("use fcntl(2) to enable this flag"); followed to
//! the letter it leads into the second. Open without the flag, and set it after.
//!
//! Rests on: open(2), "BUGS"; Linux fs/open.c, `do_dentry_open` (keeps `f_flags`, and does not call `fasync`), and
//! fs/fcntl.c, `setfl` (`(arg ^ filp->f_flags) & FASYNC`) and `fasync_remove_entry` (clears the flag of what it finds).

use std::env;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;
use nix::unistd::{getpid, mkfifo, write};

use crate::signals::{Signals, set_owner, set_signal};

/// Tries all ways to arm a FIFO that was opened with the flag, and one that was not.
pub fn opened_with_o_async(lesson: &Lesson) -> io::Result<()> {
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    let heard = |writer: &OwnedFd| -> nix::Result<bool> {
        write(writer, b"hello")?;
        Ok(events.wait_at_most(Duration::ZERO) != Err(Error::EAGAIN))
    };
    let (reader, writer) = in_a_fifo(lesson, OFlag::O_ASYNC)?;
    let flagged = flags(&reader)?.contains(OFlag::O_ASYNC) && !heard(&writer)?;

    lesson.say("as open(2) advises");
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK | OFlag::O_ASYNC))?;
    let set = heard(&writer)?;
    lesson.say("off, and then on");
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let choices = [
        (
            "NONBLOCK",
            "So it is with a flag that F_SETFL has set. Here there is no entry to remove, and the flag stays.",
        ),
        ("NONBLOCK|ASYNC", ""),
    ];
    let left =
        lesson.predict("F_SETFL has just taken O_ASYNC away. What are the flags?", &choices, || flags(&reader))?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK | OFlag::O_ASYNC))?;
    let changed = heard(&writer)?;
    lesson.say("and by ioctl");
    set_async(&reader, false)?;
    set_async(&reader, true)?;
    let by_ioctl = heard(&writer)?;
    lesson.quietly(|| drop((reader, writer)));

    lesson.say("opened without it");
    let (reader, writer) = in_a_fifo(lesson, OFlag::empty())?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK | OFlag::O_ASYNC))?;
    let plain = heard(&writer)?;
    lesson.seen(
        "what was opened with O_ASYNC shows the flag for ever and sends no signal, whatever F_SETFL and ioctl are told",
        flagged && left.contains(OFlag::O_ASYNC) && !(set || changed || by_ioctl) && plain,
    );
    lesson.quietly(|| drop((reader, writer)));
    Ok(())
}

/// Both ends of a new FIFO, the reader opened with `more` flags and told whom to signal, and how.
fn in_a_fifo(lesson: &Lesson, more: OFlag) -> io::Result<(OwnedFd, OwnedFd)> {
    let folder = env::temp_dir().join(format!("ready-or-done-{}", process::id()));
    let path = folder.join("fifo");
    lesson.quietly(|| fs::create_dir(&folder).and_then(|()| Ok(mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?)))?;
    let reader = open(&path, OFlag::O_RDONLY | OFlag::O_NONBLOCK | more, Mode::empty());
    let writer = lesson.quietly(|| open(&path, OFlag::O_WRONLY | OFlag::O_NONBLOCK, Mode::empty()));
    lesson.quietly(|| fs::remove_dir_all(&folder))?;
    let (reader, writer) = (reader?, writer?);
    lesson.name(&reader, "reader");
    lesson.name(&writer, "writer");
    set_signal(&reader, libc::SIGRTMIN())?;
    set_owner(&reader, getpid())?;
    Ok((reader, writer))
}

fn flags(descriptor: &impl AsFd) -> nix::Result<OFlag> {
    Ok(OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?))
}

fn set_async(descriptor: &impl AsFd, on: bool) -> nix::Result<()> {
    let on = libc::c_int::from(on);
    // SAFETY: the request reads one int.
    Errno::result(unsafe { libc::ioctl(descriptor.as_fd().as_raw_fd(), libc::FIOASYNC, &raw const on) }).map(drop)
}
