//! While somebody sleeps in a read of the socket, its arrivals send no signal.
//!
//! The thread in the read is woken, and the kernel takes it that this is news enough. So a blocking reader
//! silences the signals of its socket for all others, at the moments when it happens to sleep. poll does not: who
//! sleeps there is woken, and the signal is sent besides. Neither socket(7) nor fcntl(2) says so.
//!
//! Rests on: Linux net/socket.c, `sock_wake_async` (`SOCK_WAKE_WAITD`: nothing while `SOCKWQ_ASYNC_WAITDATA` is set),
//! and net/unix/af_unix.c, `unix_stream_data_wait`; for TCP net/core/sock.c, `sk_wait_data`.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{getpid, read, write};

use crate::signals::{Signals, set_owner, set_signal};

/// Three messages: for a sleeper in read, for a sleeper in poll, for nobody.
pub fn no_signal_for_a_sleeper(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let events = Signals::of(&[libc::SIGRTMIN()]);
    events.block()?;
    set_signal(&server, libc::SIGRTMIN())?;
    set_owner(&server, getpid())?;
    lesson.say("armed, and still in blocking mode");
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC))?;
    let mut buffer = [0; 16];
    let look = || events.wait_at_most(Duration::ZERO);
    let meanwhile = |sleep: &mut dyn FnMut() -> io::Result<()>| {
        thread::scope(|scope| {
            lesson.peer(scope, "client", |_| Ok(write(&client, b"hello").map(drop)?));
            sleep()
        })
    };

    meanwhile(&mut || Ok(read(&server, &mut buffer).map(drop)?))?;
    let choices = [
        (
            "SIGRTMIN: POLL_IN, band IN|RDNORM, fd server",
            "Something came, and the socket is armed. But a reader slept there.",
        ),
        ("EAGAIN", ""),
    ];
    let reading = lesson.predict("The socket is armed, and data came. Was there a signal?", &choices, look);
    lesson.say("the same, asleep in poll");
    meanwhile(&mut || {
        poll(&mut [PollFd::new(server.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
        Ok(())
    })?;
    let polling = look();
    lesson.say("and with nobody asleep");
    write(&client, b"hello")?;
    let alone = look();
    lesson.seen(
        "what comes while a thread sleeps in a read of the socket sends no signal; asleep in poll it does",
        reading == Err(Error::EAGAIN) && polling.is_ok() && alone.is_ok(),
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}
