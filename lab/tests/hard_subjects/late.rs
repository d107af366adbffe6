//! Subjects that do not come to an end: cut off at the deadline, with where they slept.

use std::io::{Read, pipe};
use std::os::fd::AsRawFd;
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use lab::{Ending, Observation, Wire};

use super::support::{checked, fork, observed_for, sleep_for_ever};

/// Long enough for a subject to fall asleep, on a loaded machine too.
const SHORT: Duration = Duration::from_millis(500);

fn late<T: Wire>(subject: impl FnOnce() -> T) -> Observation {
    let observation = observed_for(SHORT, subject);
    assert_eq!(observation.ending, Ending::Late {});
    observation
}

/// The numbers of the calls in which an actor slept.
fn asleep_in(observation: &Observation, actor: usize) -> Vec<i64> {
    observation.stuck.iter().filter(|stuck| stuck.actor == actor).map(|stuck| stuck.number).collect()
}

#[test]
fn a_read_that_nobody_answers_is_named_with_its_descriptor() {
    let observation = late(|| {
        let (mut reader, _writer) = pipe().unwrap();
        reader.read(&mut [0]).unwrap()
    });
    assert_eq!(asleep_in(&observation, 0), [libc::SYS_read]);
    assert_eq!(observation.stuck[0].raw[0], observation.calls.last().unwrap().raw[0]);
}

#[test]
fn a_lock_that_is_held_for_ever_is_a_futex() {
    let observation = late(|| {
        let lock = Mutex::new(());
        let _held = lock.lock();
        drop(lock.lock());
    });
    assert_eq!(asleep_in(&observation, 0), [libc::SYS_futex]);
}

#[test]
fn a_long_nap_is_named() {
    let observation = late(|| thread::sleep(Duration::from_secs(1000)));
    assert_eq!(asleep_in(&observation, 0), [libc::SYS_clock_nanosleep]);
}

#[test]
fn a_nap_that_goes_on_after_a_signal_is_still_named() {
    let observation = late(|| {
        // SAFETY: getpid has no preconditions.
        let subject = unsafe { libc::getpid() };
        fork(|| {
            while !sleeps(subject) {
                thread::yield_now();
            }
            // SAFETY: integers only.
            unsafe { libc::kill(subject, libc::SIGWINCH) };
        });
        thread::sleep(Duration::from_secs(1000));
    });
    assert_eq!(asleep_in(&observation, 0), [libc::SYS_clock_nanosleep]);
}

/// Whether all threads of a process sleep.
fn sleeps(pid: i32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let mut numbers = threads.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers.all(|tid| lab::asleep(pid, tid).is_some())
}

#[test]
fn a_poll_without_a_timeout_is_named() {
    let observation = late(|| {
        let (reader, _writer) = pipe().unwrap();
        let mut waiting = libc::pollfd { fd: reader.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one pollfd is there.
        checked(unsafe { libc::poll(&raw mut waiting, 1, -1) }).unwrap()
    });
    let [number] = asleep_in(&observation, 0)[..] else { panic!("{:?}", observation.stuck) };
    assert_eq!(observation.calls.iter().rfind(|call| call.shown() == "poll").map(|call| call.number), Some(number));
}

#[test]
fn each_thread_that_sleeps_is_named_with_its_own_call() {
    let observation = late(|| {
        let (mut reader, _writer) = pipe().unwrap();
        thread::scope(|scope| scope.spawn(move || reader.read(&mut [0]).unwrap()).join().unwrap())
    });
    assert_eq!((asleep_in(&observation, 0), asleep_in(&observation, 1)), (vec![libc::SYS_futex], vec![libc::SYS_read]));
}

#[test]
fn a_parent_that_waits_for_a_child_that_never_ends_is_named_and_both_are_ended() {
    let observation = late(|| {
        let child = fork(|| sleep_for_ever());
        // SAFETY: no status is asked for.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }
    });
    assert_eq!(asleep_in(&observation, 0), [libc::SYS_wait4]);
    assert_eq!(asleep_in(&observation, 1).len(), 1);
}

#[test]
fn a_subject_that_ignores_what_could_end_it_and_spins_is_ended() {
    let observation = late(|| -> () {
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            // SAFETY: SIG_IGN is no function.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
        loop {
            std::hint::spin_loop();
        }
    });
    assert_eq!(observation.stuck, []);
}

#[test]
fn a_subject_that_blocks_every_signal_and_spins_in_a_call_is_ended() {
    let observation = late(|| -> () {
        // SAFETY: the set is filled before it is used.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
            loop {
                libc::fcntl(0, libc::F_GETFD);
            }
        }
    });
    assert!(observation.calls.len() > 100);
}

#[test]
fn a_subject_that_stops_itself_is_ended_where_it_stands() {
    // SAFETY: integers only.
    let observation = late(|| unsafe { libc::raise(libc::SIGSTOP) });
    assert_eq!(observation.stuck, []);
}

#[test]
fn threads_that_wait_for_each_other_are_all_named() {
    let observation = late(|| {
        let (_hold, never) = mpsc::channel::<()>();
        let barrier = Barrier::new(9);
        thread::scope(|scope| {
            for _ in 0..7 {
                scope.spawn(|| barrier.wait());
            }
            never.recv().unwrap();
        });
    });
    assert_eq!(observation.stuck.len(), 8);
    assert!(observation.stuck.iter().all(|stuck| stuck.number == libc::SYS_futex));
}

#[test]
fn no_time_at_all_is_a_deadline_too() {
    let observation = observed_for(Duration::ZERO, || -> () { sleep_for_ever() });
    assert_eq!(observation.ending, Ending::Late {});
}

#[test]
fn a_child_that_hangs_before_the_closure_is_late() {
    if std::env::var_os("READY_OR_DONE_SUBJECT").is_some() {
        sleep_for_ever();
    }
    late(|| ());
}
