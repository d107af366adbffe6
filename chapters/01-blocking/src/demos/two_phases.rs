//! A blocking read waits first and copies after; only in the waiting does the thread sleep.
//!
//! Phase 1: nothing has come, so the kernel takes the thread off the processor and puts it on the
//! socket's wait queue. Phase 2: data is there, and the same thread copies it, running in the
//! kernel. The call returns after both, so if "blocked" means "has not returned", it is blocked in
//! both. If it means "asleep", it is not: phase 1 is time without the processor, phase 2 is nothing
//! but the processor at work.
//!
//! Rests on: read(2); getrusage(2), `ru_nvcsw`; UNPv3 section 6.2, "Blocking I/O Model";
//! net/unix/af_unix.c, `unix_stream_read_generic`.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use lab::Lesson;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::socket::{MsgFlags, recv};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{read, write};

const LATE: Duration = Duration::from_millis(20);

/// Reads a message that comes late, then one that is there already.
pub fn two_phases(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let mut buffer = [0; 16];

    let waited = thread::scope(|scope| {
        lesson.peer(scope, "client", |turn| {
            turn.keep_waiting(LATE);
            write(&client, b"hello")?;
            Ok(())
        });
        let choices = [
            ("sleeps", ""),
            ("0", "Zero is the end of the stream: for that the peer must have closed. It is only slow."),
            ("EAGAIN", "A non-blocking descriptor says so (chapter 02). A descriptor blocks until told not to."),
        ];
        lesson.predict("Nothing has been sent yet. What does the read do?", &choices, || {
            cost_of(|| read(&server, &mut buffer))
        })
    })?;

    lesson.say("the next message is there before anybody asks for it: phase 1 is over at once");
    write(&client, b"again")?;
    let choices = [
        ("sleeps", "It would with nothing to copy. Copying is work, and a thread that works is not asleep."),
        ("\"again\"", ""),
    ];
    let copied = lesson.predict("And this read?", &choices, || cost_of(|| read(&server, &mut buffer)))?;

    lesson.say("DONTWAIT forbids a call to sleep: what it costs is what copying costs");
    write(&client, b"again")?;
    let unslept = cost_of(|| recv(server.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT))?;

    let slept = waited.time >= LATE && waited.processor < waited.time / 2;
    lesson.seen("the first read took its time from the clock, and next to none of it from the processor", slept);
    lesson.observe(
        "C129",
        "the call returns only after both phases, but its thread sleeps in the first alone; \
         in the second it runs, in the kernel, and copies",
        slept && waited.naps > unslept.naps && copied.naps <= unslept.naps && !copied.processor.is_zero(),
    );
    Ok(())
}

/// What a call took from its thread.
struct Cost {
    /// By the clock on the wall.
    time: Duration,
    /// By the thread's own clock, which stands still while the thread sleeps.
    processor: Duration,
    /// How often the thread gave the processor away of its own accord, as it does to sleep. A
    /// tracer that looks on adds to this, but the same for every call.
    naps: i64,
}

fn cost_of(call: impl FnOnce() -> nix::Result<usize>) -> io::Result<Cost> {
    let processor = || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from);
    let naps = || getrusage(UsageWho::RUSAGE_THREAD).map(|usage| usage.voluntary_context_switches());
    let (begun, ran, napped) = (Instant::now(), processor()?, naps()?);
    call()?;
    Ok(Cost { naps: naps()? - napped, processor: processor()? - ran, time: begun.elapsed() })
}
