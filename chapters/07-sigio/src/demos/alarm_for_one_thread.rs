//! Where a thread owns the descriptor, the alarm of an overflow goes to that thread as well, and to nobody else.
//!
//! fcntl(2) says that on overflow SIGIO "is delivered to the entire process rather than to a specific thread".
//! The kernel sends it as it would have sent the event: to the owner. A thread that was set apart to watch
//! for SIGIO waits in vain; each thread with a queue of its own has to take its own alarm.
//!
//! Rests on: Linux fs/fcntl.c, `send_sigio_to_task` (the same `type` in both calls of `do_send_sig_info`); contradicts
//! fcntl(2), `F_SETSIG`, last paragraph.
//! Needs: a user namespace of its own (see `overflow`).

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use lab::{Kernel, Lesson};
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{gettid, pipe, read, write};

use crate::signals::{Signals, own_count, set_owner_thread, set_signal};

/// Two events of this thread's, room for one, and a watchman for SIGIO.
pub fn alarm_for_one_thread(lesson: &Lesson) -> io::Result<()> {
    lesson.needs(Kernel::SignalQueue)?;
    lesson.quietly(own_count)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, 1, 1)?;
    lesson.say("no more than 1 signal may be queued");
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let (told, tells) = lesson.quietly(pipe)?;
    lesson.name(&told, "from the watchman");
    lesson.name(&tells, "to the demo");
    let signals = Signals::of(&[libc::SIGRTMIN(), libc::SIGIO]);
    signals.block()?;
    set_signal(&server, libc::SIGRTMIN())?;
    set_owner_thread(&server, gettid())?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;

    let choices = [
        ("SIGIO", "So says fcntl(2). But the kernel sends the alarm to the owner, and that is one thread."),
        ("nothing", ""),
    ];
    let mut watched = Ok(Err(Error::EAGAIN));
    lesson.ask("Two events, one place. What does a watchman in another thread find?", &choices, || {
        watched = thread::scope(|scope| {
            let watchman = lesson.peer(scope, "watchman", |_| {
                let found = Signals::of(&[libc::SIGIO]).wait_at_most(Duration::ZERO);
                write(&tells, b"done")?;
                Ok(found)
            });
            write(&client, b"one")?;
            write(&client, b"two")?;
            read(&told, &mut [0; 16])?;
            watchman.join().map_err(|_| io::Error::other("the watchman panicked"))
        });
        if matches!(watched, Ok(Ok(_))) { "SIGIO" } else { "nothing" }
    });
    let watched = watched?;
    let alarm = signals.wait_at_most(Duration::ZERO)?;
    let event = signals.wait_at_most(Duration::ZERO)?;
    lesson.seen(
        "the alarm waits for the thread that owns the descriptor",
        watched == Err(Error::EAGAIN) && (alarm.signal, event.signal) == (libc::SIGIO, libc::SIGRTMIN()),
    );
    lesson.quietly(|| drop((client, server, told, tells)));
    Ok(())
}
