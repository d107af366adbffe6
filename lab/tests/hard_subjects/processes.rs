//! Processes that want to stay, to get away, or to be something else.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;
use std::{ptr, thread};

use lab::Ending;

use super::support::{checked, errno_of, fork, observed, observed_for, sleep_for_ever};

#[test]
fn a_child_that_is_left_behind_ends_with_the_subject() {
    let observation = observed(|| {
        fork(|| sleep_for_ever());
    });
    assert_eq!((observation.ending, observation.actors.len()), (Ending::Returned {}, 2));
}

#[test]
fn a_daemon_ends_with_the_subject() {
    let observation = observed(|| {
        let (mut told, tell) = std::io::pipe().unwrap();
        let first = fork(|| {
            // SAFETY: setsid has no preconditions.
            checked(unsafe { libc::setsid() }).unwrap();
            fork(|| {
                // SAFETY: integers only. A daemon has no descriptors and no signal that ends it.
                unsafe {
                    libc::signal(libc::SIGTERM, libc::SIG_IGN);
                    libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
                }
                sleep_for_ever();
            });
        });
        // SAFETY: no status is asked for.
        checked(unsafe { libc::waitpid(first, ptr::null_mut(), 0) }).unwrap();
        drop(tell);
        // At its end, the daemon has closed its copy too.
        std::io::Read::read(&mut told, &mut [0]).unwrap()
    });
    assert_eq!((observation.ending, observation.actors.len()), (Ending::Returned {}, 3));
}

#[test]
fn a_process_that_never_stays_where_it_is_is_caught() {
    let observation = observed(|| {
        fork(hop);
        thread::sleep(Duration::from_millis(20));
    });
    assert_eq!(observation.ending, Ending::Returned {});
    assert!(observation.actors.len() > 4, "{}", observation.actors.len());
}

/// Moves from process to process.
fn hop() {
    loop {
        // SAFETY: the child only forks again.
        if unsafe { libc::fork() } != 0 {
            return;
        }
    }
}

#[test]
fn many_processes_at_once_are_all_ended() {
    let observation = observed(|| {
        for _ in 0..100 {
            fork(|| sleep_for_ever());
        }
    });
    assert_eq!((observation.ending, observation.actors.len()), (Ending::Returned {}, 101));
}

#[test]
fn a_child_that_was_kept_from_the_tracer_is_ended_too() {
    let observation = observed(|| {
        // A process like fork's, but for a flag that hides it from tracers.
        let flags = libc::CLONE_UNTRACED | libc::SIGCHLD;
        // SAFETY: without a stack and without shared memory it is a fork.
        let child = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
        if child == 0 {
            // Without its tracer, the filter's calls fail (seccomp(2)); sched_yield is none of them.
            loop {
                thread::yield_now();
            }
        }
        child as i32
    });
    assert_eq!(observation.ending, Ending::Returned {});
    let child = observation.value::<i32>().unwrap();
    let stat = || std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    while !stat().is_empty() && !stat().contains(") Z ") {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_program_that_runs_for_ever_is_ended() {
    let observation = observed_for(Duration::from_secs(1), || {
        let error = Command::new("/bin/sh").args(["-c", "trap '' TERM INT HUP; while :; do :; done"]).exec();
        error.raw_os_error()
    });
    assert_eq!(observation.ending, Ending::Late {});
}

#[test]
fn a_pipeline_of_programs_is_followed_to_its_end() {
    let observation = observed(|| {
        let status = Command::new("/bin/sh").args(["-c", "echo one | cat | cat; (sleep 1000 &)"]).status();
        status.unwrap().code()
    });
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(0)));
    assert_eq!(observation.output, b"one\n");
}

#[test]
fn a_subject_that_wants_to_be_traced_is_refused_as_under_any_tracer() {
    // SAFETY: integers and null pointers only.
    let observation = observed(|| errno_of(unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) } as i32));
    assert_eq!(observation.value::<String>().as_deref(), Some("EPERM"));
}

#[test]
fn a_subject_that_traces_its_child_is_refused_as_under_any_tracer() {
    let observation = observed(|| {
        let child = fork(|| sleep_for_ever());
        // SAFETY: integers and null pointers only.
        errno_of(unsafe { libc::ptrace(libc::PTRACE_SEIZE, child, 0, 0) } as i32)
    });
    assert_eq!(observation.value::<String>().as_deref(), Some("EPERM"));
}

/// Installs a filter that answers the call of this number with `action`, and lets all others pass.
fn filter(number: i64, action: u32) {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, action),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let whole = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the program outlives the calls; the kernel copies it.
    unsafe {
        checked(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)).unwrap();
        checked(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const whole)).unwrap();
    }
}

#[test]
fn a_filter_of_the_subjects_own_that_refuses_calls_stands_before_ours() {
    let observation = observed(|| {
        filter(libc::SYS_socket, libc::SECCOMP_RET_ERRNO | libc::EACCES.unsigned_abs());
        // SAFETY: integers only.
        errno_of(unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0) })
    });
    assert_eq!((observation.value::<String>().as_deref(), observation.ending), (Some("EACCES"), Ending::Returned {}));
    // The strongest answer of all filters counts, and to refuse is stronger than to stop: we never see it.
    assert!(observation.calls.iter().all(|call| call.name() != "socket"));
}

#[test]
fn a_filter_of_the_subjects_own_that_kills_is_told_as_its_signal() {
    for action in [libc::SECCOMP_RET_KILL_PROCESS, libc::SECCOMP_RET_KILL_THREAD] {
        let observation = observed(move || {
            filter(libc::SYS_socket, action);
            // SAFETY: integers only.
            unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0) }
        });
        assert_eq!(observation.ending, Ending::Killed { signal: libc::SIGSYS });
    }
}

#[test]
fn a_subject_with_another_root_directory_and_no_rights_left_is_still_observed() {
    let observation = observed(|| {
        // SAFETY: integers and C strings. Where they are refused nothing is changed.
        unsafe {
            let _ = libc::chroot(c"/proc/self/fdinfo".as_ptr());
            let _ = libc::setgid(65534);
            let _ = libc::setuid(65534);
        }
        thread::spawn(|| drop(std::io::pipe().unwrap())).join().is_ok()
    });
    assert_eq!((observation.value::<bool>(), observation.ending), (Some(true), Ending::Returned {}));
    assert!(observation.calls.iter().any(|call| call.shown() == "pipe"));
}

#[test]
fn a_limit_that_leaves_no_descriptor_is_the_subjects_alone() {
    let observation = observed(|| {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the limit outlives the call.
        checked(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const none) }).unwrap();
        std::io::pipe().unwrap_err().raw_os_error()
    });
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(libc::EMFILE)));
}
