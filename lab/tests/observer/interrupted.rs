//! Calls that a signal broke off: told truly, and the tracer's own doing told apart (signal(7)).

use std::ffi::c_int;
use std::io::{self, PipeReader, pipe};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use lab::{Observation, Outcome, asleep};

use super::support::{calls, checked, fork, handle, nothing, observed, put, take, until_stopped, wait_for};

const REAL: Outcome = Outcome::Failed { errno: libc::EINTR, observers: false };

/// Waits until a process sleeps in a call.
fn until_asleep(pid: c_int) {
    while asleep(pid, pid_of_sleeper(pid)).is_none() {
        std::thread::yield_now();
    }
}

/// The thread that runs the closure: the youngest of the process.
fn pid_of_sleeper(pid: c_int) -> c_int {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).max().unwrap()
}

/// Forks a child that does `work` as soon as the closure's thread sleeps.
fn once_asleep(work: impl FnOnce(c_int) -> c_int) -> c_int {
    // SAFETY: getpid has no preconditions.
    let subject = unsafe { libc::getpid() };
    fork(|| {
        until_asleep(subject);
        work(subject)
    })
    .unwrap()
}

fn send(pid: c_int, signal: c_int) -> c_int {
    // SAFETY: integers only.
    unsafe { libc::kill(pid, signal) }
}

/// An epoll instance that never reports anything but the end of `reader`'s other side.
fn epoll_of(reader: &PipeReader) -> c_int {
    let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 7 };
    // SAFETY: the event outlives the call.
    unsafe {
        let epoll = checked(libc::epoll_create1(libc::EPOLL_CLOEXEC)).unwrap();
        checked(libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, reader.as_raw_fd(), &raw mut event)).unwrap();
        epoll
    }
}

fn epoll_wait(epoll: c_int, milliseconds: c_int) -> io::Result<c_int> {
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    // SAFETY: there is room for one event.
    checked(unsafe { libc::epoll_wait(epoll, &raw mut event, 1, milliseconds) })
}

/// How the closure's own calls of this name came back.
fn outcomes(observation: &Observation, shown: &str) -> Vec<Outcome> {
    calls(observation, shown).iter().filter(|call| call.actor == 0).map(|call| call.outcome).collect()
}

#[test]
fn a_handler_breaks_a_read_off() {
    let observation = observed(|| {
        handle(libc::SIGUSR1, 0, nothing);
        let (reader, _writer) = pipe().unwrap();
        let child = once_asleep(|subject| send(subject, libc::SIGUSR1));
        let error = take(reader.as_raw_fd()).unwrap_err().raw_os_error();
        wait_for(child, 0).unwrap();
        error
    });
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(libc::EINTR)));
    assert_eq!(outcomes(&observation, "read"), [REAL]);
}

#[test]
fn a_handler_with_sa_restart_lets_a_read_start_again() {
    let observation = observed(|| {
        handle(libc::SIGUSR1, libc::SA_RESTART, nothing);
        let (reader, writer) = pipe().unwrap();
        let child = once_asleep(|subject| {
            send(subject, libc::SIGUSR1);
            until_asleep(subject);
            put(writer.as_raw_fd(), b'x').map_or(1, |_| 0)
        });
        let byte = take(reader.as_raw_fd()).unwrap();
        wait_for(child, 0).unwrap();
        byte
    });
    assert_eq!(observation.value::<Option<u8>>(), Some(Some(b'x')));
    let outcomes = outcomes(&observation, "read");
    assert!(matches!(outcomes[..], [Outcome::Restarted { .. }, Outcome::Returned { value: 1 }]), "{outcomes:?}");
}

#[test]
fn an_ignored_signal_leaves_a_sleeping_read_in_one_piece() {
    let observation = observed(|| {
        let (reader, writer) = pipe().unwrap();
        let child = once_asleep(|subject| {
            send(subject, libc::SIGWINCH);
            until_asleep(subject);
            put(writer.as_raw_fd(), b'x').map_or(1, |_| 0)
        });
        let byte = take(reader.as_raw_fd()).unwrap();
        wait_for(child, 0).unwrap();
        byte
    });
    assert_eq!(outcomes(&observation, "read"), [Outcome::Returned { value: 1 }]);
}

#[test]
fn an_ignored_signal_leaves_a_nanosleep_in_one_piece_and_as_long_as_it_was() {
    let observation = observed(|| {
        let child = once_asleep(|subject| send(subject, libc::SIGWINCH));
        let began = Instant::now();
        std::thread::sleep(Duration::from_millis(100));
        let took = began.elapsed();
        wait_for(child, 0).unwrap();
        took
    });
    assert_eq!(outcomes(&observation, "nanosleep"), [Outcome::Returned { value: 0 }]);
    assert!(observation.value::<Duration>().unwrap() >= Duration::from_millis(100));
    assert!(calls(&observation, "restart_syscall").is_empty());
}

#[test]
fn a_child_that_ends_does_not_wake_an_epoll_wait_that_it_would_not_have_woken_unobserved() {
    let observation = observed(|| {
        let (reader, _writer) = pipe().unwrap();
        let epoll = epoll_of(&reader);
        // The child ends, which sends SIGCHLD; its own child ends the wait later.
        let child = once_asleep(|subject| {
            drop(fork(|| {
                until_asleep(subject);
                put(_writer.as_raw_fd(), b'x').map_or(1, |_| 0)
            }));
            0
        });
        let found = epoll_wait(epoll, -1).map_err(|error| error.raw_os_error());
        wait_for(child, 0).unwrap();
        found.unwrap_or(-1)
    });
    assert_eq!(observation.value::<i32>(), Some(1));
    assert_eq!(outcomes(&observation, "epoll_wait"), [Outcome::Returned { value: 1 }]);
}

#[test]
fn a_handler_for_sigchld_breaks_an_epoll_wait_off_as_it_does_unobserved() {
    let observation = observed(|| {
        handle(libc::SIGCHLD, libc::SA_RESTART, nothing);
        let (reader, _writer) = pipe().unwrap();
        let epoll = epoll_of(&reader);
        let child = once_asleep(|_| 0);
        let error = epoll_wait(epoll, -1).unwrap_err().raw_os_error();
        wait_for(child, 0).unwrap();
        error
    });
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(libc::EINTR)));
    assert_eq!(outcomes(&observation, "epoll_wait"), [REAL]);
}

#[test]
fn a_stop_breaks_an_epoll_wait_off_as_it_does_unobserved() {
    let observation = observed(|| {
        let (reader, _writer) = pipe().unwrap();
        let epoll = epoll_of(&reader);
        let child = once_asleep(|subject| {
            send(subject, libc::SIGSTOP);
            until_stopped(subject);
            send(subject, libc::SIGCONT)
        });
        let error = epoll_wait(epoll, 5_000).unwrap_err().raw_os_error();
        wait_for(child, 0).unwrap();
        error
    });
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(libc::EINTR)));
    assert_eq!(outcomes(&observation, "epoll_wait"), [REAL]);
}
