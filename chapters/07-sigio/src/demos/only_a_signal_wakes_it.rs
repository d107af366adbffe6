//! sigsuspend and nanosleep do not see descriptors: data wakes them only if it sends a signal.
//!
//! sleep, nanosleep, pause and sigsuspend end when a handler has run; the first two when their time is over, too. A
//! descriptor may be readable for as long as it likes. O_ASYNC is what makes an arrival a signal, and so
//! something to sleep for. But these calls tell nothing except that some handler ran, so sigwaitinfo does it better.
//!
//! Rests on: nanosleep(2); pause(2); sigsuspend(2); signal(7), "Interruption of system calls".

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::SigSet;
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_nanosleep};
use nix::unistd::{gettid, read, write};

use crate::signals::{Signal, handle, set_owner_thread};

const SHORT: Duration = Duration::from_millis(20);

extern "C" fn nothing(_signal: Signal, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {}

/// Sleeps beside a readable socket, before O_ASYNC and after.
pub fn only_a_signal_wakes_it(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    // SAFETY: a handler that does nothing may run at any point.
    unsafe { handle(libc::SIGIO, nothing, 0) }?;

    write(&client, b"early")?;
    lesson.say("there is something to read");
    let begun = Instant::now();
    let slept = sleep(SHORT);
    let whole = begun.elapsed() >= SHORT;
    read(&server, &mut [0; 16])?;

    lesson.say("O_ASYNC; the data comes during the sleep");
    set_owner_thread(&server, gettid())?;
    fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    let (woken, suspended) = thread::scope(|scope| {
        lesson.peer(scope, "client", |turn| {
            write(&client, b"one")?;
            turn.next();
            write(&client, b"two")?;
            Ok(())
        });
        // Here nobody writes but while this thread sleeps. Elsewhere a signal between two sleeps wakes neither:
        // block it, and sigsuspend unblocks it for as long as it sleeps (plain_sigio).
        (sleep(Duration::from_secs(60)), SigSet::empty().suspend())
    });
    suspended?;
    let got = read(&server, &mut [0; 16])?;
    lesson.observe(
        "C031",
        "sigsuspend ends with a handler only, nanosleep with its time too; a descriptor wakes them only by a signal",
        slept.is_ok() && whole && woken == Err(Error::EINTR) && got == 6,
    );
    lesson.quietly(|| drop((server, client)));
    Ok(())
}

fn sleep(time: Duration) -> nix::Result<()> {
    clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::empty(), &TimeSpec::from_duration(time)).map(drop)
}
