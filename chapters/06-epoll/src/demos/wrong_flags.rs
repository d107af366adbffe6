//! The mode is among the status flags: who reads the descriptor flags in their place loses what was set.
//!
//! A descriptor has two words of flags. F_GETFD has one bit, close-on-exec, of this descriptor; F_GETFL has the
//! mode, append and the like, of the file description. To set O_NONBLOCK one reads the second, adds, and writes
//! back. With the first it works all the same on a fresh socket, where there is nothing to lose; which is how
//! it gets into programs. And the mode of a listener is not inherited by the clients it lets in.
//!
//! Rests on: fcntl(2), "File descriptor flags", "File status flags"; accept(2), NOTES.

use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::stages::clients::narrow_listener;

/// Sets the mode of a socket that has something to lose, and of a listener.
pub fn wrong_flags(lesson: &Lesson) -> io::Result<()> {
    let (socket, _peer) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&socket, "socket");
    fcntl(&socket, FcntlArg::F_SETFL(OFlag::O_APPEND))?;

    lesson.say("the wrong word is read: its one bit is close-on-exec");
    let wrong = fcntl(&socket, FcntlArg::F_GETFD)?;
    fcntl(&socket, FcntlArg::F_SETFL(OFlag::from_bits_retain(wrong) | OFlag::O_NONBLOCK))?;
    lesson.say("close-on-exec has the number of WRONLY, which F_SETFL passes over");
    let flags = || fcntl(&socket, FcntlArg::F_GETFL).map(OFlag::from_bits_retain);
    let mut left = OFlag::empty();
    lesson.ask(
        "O_APPEND was set. Which of the two is set now?",
        &[
            ("only O_NONBLOCK", ""),
            ("both", "It would be, had the status flags been read: F_GETFL."),
            ("only O_APPEND", "The mode is set, since F_SETFL was told so; that is what makes the fault hard to see."),
        ],
        || {
            left = flags().unwrap_or(OFlag::empty()) & (OFlag::O_APPEND | OFlag::O_NONBLOCK);
            if left == OFlag::O_NONBLOCK { "only O_NONBLOCK" } else { "others" }
        },
    );

    let (listener, address) = lesson.quietly(narrow_listener)?;
    lesson.name(&listener, "listener");
    lesson.quietly(|| listener.set_nonblocking(true))?;
    let client = lesson.quietly(|| TcpStream::connect(address))?;
    let (served, _) = listener.accept()?;
    lesson.name(&served, "served");
    let mode = OFlag::from_bits_retain(fcntl(&served, FcntlArg::F_GETFL)?);
    lesson.observe(
        "C174",
        "the mode is set through the wrong flags too, but whatever was set before is lost, and clients do not inherit it",
        left == OFlag::O_NONBLOCK && !mode.contains(OFlag::O_NONBLOCK),
    );
    lesson.quietly(|| drop((client, served, listener, socket)));
    Ok(())
}
