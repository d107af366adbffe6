//! A plain SIGIO says that something happened on some descriptor: not what, not where, not how often.
//!
//! O_ASYNC asks a descriptor to send a signal when something happens on it, and F_SETOWN says to whom.
//! That is all of signal-driven I/O as BSD made it, and it has two holes. SIGIO carries no descriptor. And a
//! standard signal has room for one: while it is pending, the next one is forgotten. So whoever gets it must
//! look everywhere, and read each descriptor until it says EAGAIN.
//!
//! Rests on: fcntl(2), `F_SETOWN`; signal(7), "Queueing and delivery semantics for standard signals"; UNPv3
//! section 25.2; Linux fs/fcntl.c, `send_sigio_to_task` (`case 0`), and kernel/signal.c, `legacy_queue`.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};

use lab::Lesson;
use nix::Error;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::SigSet;
use nix::unistd::{getpid, read, write};

use crate::signals::{Signal, Signals, Taken, handle, set_owner};

static RUNS: AtomicI32 = AtomicI32::new(0);
static CODE: AtomicI32 = AtomicI32::new(0);

extern "C" fn note(_signal: Signal, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel hands over a valid siginfo.
    let taken = Taken::of(unsafe { &*info });
    RUNS.fetch_add(1, Ordering::Relaxed);
    CODE.store(taken.code, Ordering::Relaxed);
}

/// Arms two sockets, and lets three messages come before it takes the signal.
pub fn plain_sigio(lesson: &Lesson) -> io::Result<()> {
    let [(near, first), (far, second)] = lesson.quietly(two_pairs)?;
    lesson.name(&near, "one client");
    lesson.name(&far, "other client");
    lesson.name(&first, "first");
    lesson.name(&second, "second");

    lesson.say("the order matters: first who takes the signal, then when, and only then who sends it");
    // SAFETY: the handler only reads its argument and stores to atomics.
    unsafe { handle(libc::SIGIO, note, 0) }?;
    let sigio = Signals::of(&[libc::SIGIO]);
    sigio.block()?;
    for socket in [&first, &second] {
        set_owner(socket, getpid())?;
        fcntl(socket, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    }

    lesson.say("three messages, while the signal is blocked");
    write(&near, b"one")?;
    write(&far, b"two")?;
    write(&near, b"three")?;
    let choices = [
        ("3", "Three were sent. But a standard signal that is pending already is not queued once more."),
        ("2", "One for each socket would need a place for each. A standard signal has one place in the whole process."),
        ("1", ""),
    ];
    let runs = lesson.ask("Three messages on two sockets. How often does the handler run?", &choices, || {
        // Unblocks every signal for as long as it sleeps: nothing comes in between.
        let _always_eintr = SigSet::empty().suspend();
        RUNS.load(Ordering::Relaxed)
    });
    let nameless = CODE.load(Ordering::Relaxed) == libc::SI_KERNEL;
    lesson.seen("SIGIO brought si_code SI_KERNEL, and with it neither a descriptor nor an event", nameless);

    lesson.say("so look everywhere, and until there is no more");
    let mut buffer = [0; 16];
    let got = [read(&first, &mut buffer), read(&first, &mut buffer), read(&second, &mut buffer)];
    let over = read(&second, &mut buffer);
    lesson.observe(
        "C035",
        "F_SETOWN says which process gets the signal; none is sent before O_ASYNC is set, and none without an owner",
        runs == 1 && got == [Ok(8), Err(Error::EAGAIN), Ok(3)] && over == Err(Error::EAGAIN) && nobody_asked(lesson)?,
    );
    lesson.quietly(|| drop((near, far, first, second)));
    Ok(())
}

/// A descriptor with an owner and without O_ASYNC, one with O_ASYNC and no owner: whether both are silent.
fn nobody_asked(lesson: &Lesson) -> io::Result<bool> {
    let [(near, owned), (far, armed)] = lesson.quietly(two_pairs)?;
    lesson.name(&near, "one client");
    lesson.name(&far, "other client");
    lesson.name(&owned, "owned");
    lesson.name(&armed, "armed");
    lesson.say("one socket has an owner only, the other O_ASYNC only");
    set_owner(&owned, getpid())?;
    fcntl(&armed, FcntlArg::F_SETFL(OFlag::O_ASYNC))?;
    write(&near, b"unheard")?;
    write(&far, b"unheard")?;
    let silent = Signals::of(&[libc::SIGIO]).wait_at_most(std::time::Duration::ZERO);
    lesson.quietly(|| drop((near, far, owned, armed)));
    Ok(silent == Err(Error::EAGAIN))
}

fn two_pairs() -> io::Result<[(UnixStream, UnixStream); 2]> {
    Ok([UnixStream::pair()?, UnixStream::pair()?])
}
