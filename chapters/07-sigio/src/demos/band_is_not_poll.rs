//! The event in a siginfo is not what poll would say: it is the reason for the signal, in other words.
//!
//! `si_band` looks like poll's revents, and sigaction(2) says that it holds the same values. The kernel does not ask
//! the descriptor. It looks the band up in a table of six rows, one for each `si_code`: POLL_IN is
//! always IN|RDNORM, POLL_HUP always HUP|ERR. So it says ERR where there is no error, and leaves out all that is true
//! besides. And it speaks of the moment when the signal was sent; since then you, or others, may have read.
//!
//! Rests on: Linux fs/fcntl.c, `band_table` and `send_sigio_to_task`; contradicts sigaction(2), "SIGIO/SIGPOLL …
//! fills in si_band" ("the same values as are filled in the revents field by poll(2)").

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// All that a signal's band could hold.
const ANYTHING: PollFlags = PollFlags::POLLIN
    .union(PollFlags::POLLRDNORM)
    .union(PollFlags::POLLPRI)
    .union(PollFlags::POLLOUT)
    .union(PollFlags::POLLWRNORM);

/// Asks poll beside each signal.
pub fn band_is_not_poll(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    lesson.quietly(|| {
        set_signal(&server, libc::SIGRTMIN())?;
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
        nix::Result::Ok(())
    })?;

    write(&client, b"hello")?;
    let arrival = events.wait()?.band;
    let readable = poll_now(&server)?;
    lesson.say("the data is read, and the next signal's is too, before we come to it");
    write(&client, b"again")?;
    read(&server, &mut [0; 16])?;
    let late = events.wait()?.band;
    let empty = poll_now(&server)?;

    lesson.say("the client leaves in good order");
    lesson.quietly(|| drop(client));
    let end = events.wait()?.band;
    let choices = [
        ("server: ERR|HUP", "So said the signal. But nothing went wrong, and poll asks the socket itself."),
        ("server: IN|OUT|HUP|RDNORM|WRNORM", ""),
        ("nothing", "The stream has ended: a read would return 0 at once, and so poll counts it as readable."),
    ];
    let ended = lesson.predict("What does poll say of it?", &choices, || poll_now(&server))?;
    let bits = |flags: PollFlags| i64::from(flags.bits());
    lesson.observe(
        "C043",
        "si_band is a constant for each si_code, and not what poll would report: not all that is true, nor only that",
        (arrival, late) == (bits(PollFlags::POLLIN | PollFlags::POLLRDNORM), arrival)
            && end == bits(PollFlags::POLLHUP | PollFlags::POLLERR)
            && bits(readable) != arrival
            && !empty.contains(PollFlags::POLLIN)
            && !ended.contains(PollFlags::POLLERR),
    );
    lesson.quietly(|| drop(server));
    Ok(())
}

fn poll_now(socket: &impl AsFd) -> io::Result<PollFlags> {
    let mut entry = [PollFd::new(socket.as_fd(), ANYTHING)];
    poll(&mut entry, PollTimeout::ZERO)?;
    Ok(entry[0].revents().unwrap_or(PollFlags::empty()))
}
