//! Subjects that send signals to those who are none of theirs: the observer, its group, everybody.
//!
//! What they send does nothing by default, should it ever get through.

use std::ffi::c_int;
use std::process::Command;

use lab::{Call, Ending, Observation, Outcome};

use super::support::{checked, ending, errno_of, fork, observed, sleep_for_ever};

/// Ignored by default.
const HARMLESS: c_int = libc::SIGWINCH;

/// A call that the observer kept from the kernel.
const FORBIDDEN: Outcome = Outcome::Failed { errno: libc::EPERM, observers: true };

fn call<'a>(observation: &'a Observation, shown: &str) -> &'a Call {
    observation.calls.iter().find(|call| call.shown() == shown).unwrap()
}

/// What sending came to: for the subject, and in the record.
fn kept_from_the_kernel(send: impl FnOnce() -> c_int) -> Observation {
    let observation = observed(|| errno_of(send()));
    assert_eq!((observation.value::<String>().as_deref(), &observation.ending), (Some("EPERM"), &Ending::Returned {}));
    observation
}

#[test]
fn a_subject_that_kills_its_group_kills_itself_alone() {
    // SAFETY: integers only.
    assert_eq!(ending(|| unsafe { libc::kill(0, libc::SIGKILL) }), Ending::Killed { signal: libc::SIGKILL });
}

#[test]
fn a_subject_cannot_kill_its_observer() {
    // SAFETY: integers only.
    let observation = kept_from_the_kernel(|| unsafe { libc::kill(libc::getppid(), HARMLESS) });
    assert_eq!(call(&observation, "kill").outcome, FORBIDDEN);
}

#[test]
fn a_subject_cannot_kill_everybody() {
    // SAFETY: integers only.
    let observation = kept_from_the_kernel(|| unsafe { libc::kill(-1, HARMLESS) });
    assert_eq!(call(&observation, "kill").outcome, FORBIDDEN);
}

#[test]
fn a_subject_cannot_kill_its_observers_group_not_even_from_inside() {
    // SAFETY: integers only.
    kept_from_the_kernel(|| unsafe { libc::kill(-libc::getpgid(libc::getppid()), HARMLESS) });
    // SAFETY: integers only.
    kept_from_the_kernel(|| unsafe {
        checked(libc::setpgid(0, libc::getpgid(libc::getppid()))).unwrap();
        libc::kill(0, HARMLESS)
    });
}

#[test]
fn no_other_call_that_sends_a_signal_reaches_the_observer_either() {
    // SAFETY: integers only, but for a siginfo of zeroes, which is valid.
    unsafe {
        kept_from_the_kernel(|| libc::syscall(libc::SYS_tgkill, libc::getppid(), libc::getppid(), HARMLESS) as c_int);
        kept_from_the_kernel(|| libc::syscall(libc::SYS_tkill, libc::getppid(), HARMLESS) as c_int);
        kept_from_the_kernel(|| {
            libc::sigqueue(libc::getppid(), HARMLESS, libc::sigval { sival_ptr: std::ptr::null_mut() })
        });
        kept_from_the_kernel(|| {
            let observer = libc::syscall(libc::SYS_pidfd_open, libc::getppid(), 0);
            libc::syscall(libc::SYS_pidfd_send_signal, observer, HARMLESS, 0, 0) as c_int
        });
    }
}

#[test]
fn a_program_that_the_subject_starts_is_kept_from_it_too() {
    let observation =
        observed(|| Command::new("/bin/sh").args(["-c", "kill -WINCH -1 || echo refused"]).status().is_ok());
    assert!(String::from_utf8_lossy(&observation.output).ends_with("refused\n"));
    assert_eq!(call(&observation, "kill").outcome, FORBIDDEN);
}

#[test]
fn whether_somebody_is_there_may_be_asked() {
    // SAFETY: integers only.
    let observation = observed(|| errno_of(unsafe { libc::kill(libc::getppid(), 0) }));
    assert_eq!(observation.value::<String>().as_deref(), Some("none"));
}

#[test]
fn signals_among_the_subjects_own_processes_arrive() {
    let observation = observed(|| {
        let child = fork(|| sleep_for_ever());
        let mut status = 0;
        // SAFETY: `status` outlives the call.
        unsafe {
            checked(libc::kill(child, libc::SIGTERM)).unwrap();
            checked(libc::waitpid(child, &raw mut status, 0)).unwrap();
            // It is gone now, and the kernel says so itself.
            (libc::WTERMSIG(status), errno_of(libc::kill(child, libc::SIGTERM)))
        }
    });
    assert_eq!(observation.value::<(i32, String)>(), Some((libc::SIGTERM, "ESRCH".to_owned())));
    let last = observation.calls.iter().rfind(|call| call.shown() == "kill").unwrap();
    assert_eq!(last.outcome, Outcome::Failed { errno: libc::ESRCH, observers: false });
}

#[test]
fn a_group_that_the_subject_made_may_be_signalled() {
    let observation = observed(|| {
        let child = fork(|| sleep_for_ever());
        let mut status = 0;
        // SAFETY: `status` outlives the call.
        unsafe {
            checked(libc::setpgid(child, child)).unwrap();
            checked(libc::kill(-child, libc::SIGTERM)).unwrap();
            checked(libc::waitpid(child, &raw mut status, 0)).unwrap();
        }
        libc::WTERMSIG(status)
    });
    assert_eq!(observation.value::<i32>(), Some(libc::SIGTERM));
}
