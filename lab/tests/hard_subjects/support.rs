//! How a hard subject is observed, and what may not be left of it.

use std::ffi::c_int;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use lab::{Ending, Observation, Wire, errno_name, observe};

/// Far more than any subject here needs, on any machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Observes a subject that should come to an end by itself.
pub fn observed<T: Wire>(subject: impl FnOnce() -> T) -> Observation {
    observed_for(DEADLINE, subject)
}

/// Observes a subject, and makes sure that nothing of it is left.
pub fn observed_for<T: Wire>(deadline: Duration, subject: impl FnOnce() -> T) -> Observation {
    let observation = observe(deadline, subject);
    assert_eq!(observation.blind, None);
    for actor in &observation.actors {
        is_gone(actor.pid);
    }
    observation
}

/// Waits until a process is there no more. Who was the subject's child, and outlived it, is init's to reap.
fn is_gone(pid: i32) {
    let began = Instant::now();
    let ours = format!(" {} ", std::process::id());
    loop {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let Some((_, rest)) = stat.rsplit_once(") ") else { return };
        if rest.starts_with('Z') && !rest[1..].starts_with(&ours) {
            return;
        }
        assert!(began.elapsed() < DEADLINE, "left behind: {stat}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Observes a subject that should come to an end by itself, and tells how it did.
pub fn ending<T: Wire>(subject: impl FnOnce() -> T) -> Ending {
    observed(subject).ending
}

/// The answer of a C function, or what errno says.
pub fn checked(answer: c_int) -> io::Result<c_int> {
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// The name of the errno; `none` where there was no error.
pub fn errno_of(answer: c_int) -> String {
    checked(answer).map_or_else(|error| errno_name(error.raw_os_error().unwrap_or(0)), |_| "none".into())
}

/// Forks; the child does `work` and never comes back from it.
pub fn fork(work: impl FnOnce()) -> c_int {
    // SAFETY: what the children here do needs no lock that another thread could have held.
    let child = checked(unsafe { libc::fork() }).unwrap();
    if child == 0 {
        work();
        // SAFETY: _exit has no preconditions.
        unsafe { libc::_exit(0) }
    }
    child
}

/// Sleeps until a signal ends the process.
pub fn sleep_for_ever() -> ! {
    loop {
        // SAFETY: pause has no preconditions.
        unsafe { libc::pause() };
    }
}
