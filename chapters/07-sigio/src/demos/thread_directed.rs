//! With F_SETOWN any thread of the process may take the signal; with F_SETOWN_EX only the one that it names.
//!
//! A signal for the process waits in a queue that all its threads share: whoever waits first has it. With
//! F_OWNER_TID it waits in the queue of one thread. So each thread of a server may have an event
//! queue of its own, with its own share of the descriptors. (Up to Linux 2.6.11 F_SETOWN did that, when it was
//! given a thread's number and F_SETSIG a signal; fcntl(2) tells the story.)
//!
//! Rests on: fcntl(2), `F_SETOWN_EX` (Linux 2.6.32); Linux fs/fcntl.c, `send_sigio` (`PIDTYPE_PID` for a thread).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{getpid, gettid, pipe, read, write};

use crate::signals::{Signals, set_owner, set_owner_thread, set_signal};

/// Two sockets: one tells this thread, one tells the process.
pub fn thread_directed(lesson: &Lesson) -> io::Result<()> {
    let (near, mine) = lesson.quietly(UnixStream::pair)?;
    let (far, anyones) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&near, "one client");
    lesson.name(&far, "other client");
    lesson.name(&mine, "mine");
    lesson.name(&anyones, "anyone's");
    let (told, tells) = lesson.quietly(pipe)?;
    lesson.name(&told, "from the worker");
    lesson.name(&tells, "to the demo");
    let event = libc::SIGRTMIN();
    let events = Signals::of(&[event]);
    lesson.say("threads that are born later inherit the mask: both block the signal");
    events.block()?;
    set_signal(&mine, event)?;
    set_owner_thread(&mine, gettid())?;
    fcntl(&mine, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    set_signal(&anyones, event)?;
    set_owner(&anyones, getpid())?;
    fcntl(&anyones, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;

    let (of_worker, over) = thread::scope(|scope| {
        let worker = lesson.peer(scope, "worker", |_| {
            let first = events.wait_at_most(Duration::ZERO);
            let second = events.wait_at_most(Duration::ZERO);
            write(&tells, b"done")?;
            Ok((first, second))
        });
        write(&near, b"hello")?;
        write(&far, b"hello")?;
        read(&told, &mut [0; 16])?;
        worker.join().map_err(|_| io::Error::other("the worker panicked"))
    })?;
    let choices = [
        ("EAGAIN", "The worker would have had to take both. It found the one that was for the process, and no other."),
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd mine", ""),
        ("SIGRTMIN: POLL_IN, band IN|RDNORM, fd anyone's", "The worker asked first, and has taken that one."),
    ];
    let own = lesson.predict("Is anything left for this thread?", &choices, || events.wait_at_most(Duration::ZERO));
    lesson.seen(
        "a signal for the process goes to whoever asks first; one for a thread waits for that thread",
        of_worker.is_ok_and(|taken| taken.fd == anyones.as_raw_fd())
            && over == Err(Error::EAGAIN)
            && own.is_ok_and(|taken| taken.fd == mine.as_raw_fd()),
    );
    lesson.quietly(|| drop((near, far, mine, anyones, told, tells)));
    Ok(())
}
