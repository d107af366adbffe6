//! The number in si_code means nothing without the signal: POLL_IN is 1, and so is CLD_EXITED.
//!
//! Codes are numbered anew for each signal. As F_SETSIG may name any signal, a handler for SIGCHLD could
//! not tell a socket's POLL_IN from a child's CLD_EXITED. Since Linux 4.14 the kernel does not let that
//! happen: for a signal with codes of its own it says SI_SIGIO, and leaves the reason to `si_band`. Better: take a
//! signal that has no other use. That is what the real-time ones are for.
//!
//! Rests on: Linux fs/fcntl.c, `send_sigio_to_task` (`sig_specific_sicodes`, commit d08477aa975e);
//! include/uapi/asm-generic/siginfo.h. sigaction(2) says of SI_SIGIO "only up to Linux 2.2".

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getpid, write};

use crate::signals::{POLL_IN, Signals, set_owner, set_signal};

/// SIGCHLD for a socket, and SIGCHLD for a child.
pub fn one_code_many_meanings(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let signals = Signals::of(&[libc::SIGUSR1, libc::SIGCHLD]);
    signals.block()?;
    lesson.quietly(|| {
        set_owner(&server, getpid())?;
        fcntl(&server, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))
    })?;

    set_signal(&server, libc::SIGUSR1)?;
    write(&client, b"hello")?;
    let user = signals.wait()?;

    set_signal(&server, libc::SIGCHLD)?;
    write(&client, b"hello")?;
    let choices = [
        ("POLL_IN", "Its number is 1, and that is what SIGCHLD says of a child that exited."),
        ("SI_SIGIO", ""),
        ("CLD_EXITED", "No child has exited. But the number, 1, would be the same."),
    ];
    let mut socket = None;
    let said = lesson.ask("Now the socket sends SIGCHLD. What is its si_code?", &choices, || {
        socket = signals.wait().ok();
        match socket.map(|taken| taken.code) {
            Some(libc::SI_SIGIO) => "SI_SIGIO",
            Some(POLL_IN) => "POLL_IN",
            _ => "something else",
        }
    });

    lesson.say("and a child that exits");
    lesson.quietly(|| {
        // SAFETY: the child only ends.
        match unsafe { fork() }? {
            // SAFETY: as above.
            ForkResult::Child => unsafe { libc::_exit(0) },
            ForkResult::Parent { child } => waitpid(child, None),
        }
    })?;
    let child = signals.wait()?;
    lesson.observe(
        "C042",
        "signals share the numbers of their codes (POLL_IN is CLD_EXITED); Linux says SI_SIGIO where two would meet",
        (user.code, said, child.code) == (POLL_IN, "SI_SIGIO", libc::CLD_EXITED)
            && libc::CLD_EXITED == POLL_IN
            && socket.is_some_and(|taken| taken.fd == server.as_raw_fd()),
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}
