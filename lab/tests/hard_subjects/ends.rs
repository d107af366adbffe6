//! Every way to come to an end.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::mpsc;
use std::thread;

use lab::Ending;

use super::support::{ending, errno_of, fork, observed};

fn message_of(ending: Ending) -> String {
    let Ending::Panicked { message } = ending else { panic!("{ending:?}") };
    message
}

#[test]
fn an_exit_before_the_closure_returns_is_told_from_a_return() {
    assert_eq!(ending(|| -> () { process::exit(0) }), Ending::Exited { code: 0 });
    assert_eq!(ending(|| ()), Ending::Returned {});
}

#[test]
fn an_exit_with_the_code_of_a_panic_is_no_panic() {
    assert_eq!(ending(|| -> () { process::exit(101) }), Ending::Exited { code: 101 });
}

#[test]
fn an_abort_is_a_signal() {
    assert_eq!(ending(|| -> () { process::abort() }), Ending::Killed { signal: libc::SIGABRT });
}

#[test]
fn a_subject_may_kill_itself() {
    // SAFETY: integers only.
    let killed = ending(|| unsafe { libc::raise(libc::SIGKILL) });
    assert_eq!(killed, Ending::Killed { signal: libc::SIGKILL });
}

#[test]
fn the_signal_that_tracers_use_is_a_signal_like_any_other() {
    // SAFETY: integers only.
    let killed = ending(|| unsafe { libc::raise(libc::SIGTRAP) });
    assert_eq!(killed, Ending::Killed { signal: libc::SIGTRAP });
}

#[test]
fn a_panic_is_told_with_its_message_and_its_place() {
    let message = message_of(ending(|| -> () { panic!("one and one is {}", 3) }));
    assert!(message.contains("one and one is 3") && message.contains("ends.rs"), "{message}");
}

#[test]
fn a_panic_with_a_hook_of_the_subjects_own_is_told_with_its_message() {
    let message = message_of(ending(|| -> () {
        panic::set_hook(Box::new(|_| {}));
        panic!("nobody hears it");
    }));
    assert_eq!(message, "nobody hears it");
}

#[test]
fn a_panic_while_another_unwinds_aborts_and_the_first_is_told() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the second");
        }
    }
    let message = message_of(ending(|| -> () {
        let _bomb = Bomb;
        panic!("the first");
    }));
    assert!(message.contains("the first"), "{message}");
}

#[test]
fn a_panic_that_was_caught_is_not_the_end() {
    let caught = || drop(panic::catch_unwind(AssertUnwindSafe(|| panic!("caught"))));
    assert_eq!(ending(caught), Ending::Returned {});
    let exits = || -> () {
        caught();
        process::exit(3)
    };
    assert_eq!(ending(exits), Ending::Exited { code: 3 });
}

#[test]
fn a_panic_in_another_thread_is_the_end_only_where_it_is_passed_on() {
    let join = || thread::spawn(|| -> () { panic!("in a thread") }).join();
    assert_eq!(ending(|| join().is_err()), Ending::Returned {});
    let message = message_of(ending(|| join().unwrap()));
    assert!(message.contains("in a thread"), "{message}");
}

#[test]
fn a_panic_in_a_child_is_not_the_subjects() {
    let observation = observed(|| {
        let child = fork(|| drop(panic::catch_unwind(|| panic!("in the child"))));
        let mut status = 0;
        // SAFETY: `status` outlives the call.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        status
    });
    assert_eq!((observation.value::<i32>(), observation.ending), (Some(0), Ending::Returned {}));
}

#[test]
fn a_child_that_comes_back_from_the_closure_too_is_not_taken_for_the_subject() {
    let observation = observed(|| {
        // SAFETY: the child only returns.
        let child = unsafe { libc::fork() };
        if child > 0 {
            // SAFETY: no status is asked for.
            unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
        }
        child > 0
    });
    assert_eq!((observation.value::<bool>(), observation.ending), (Some(true), Ending::Returned {}));
}

#[test]
fn an_overflowing_stack_is_told_as_the_abort_that_it_is() {
    fn deeper(than: &Cell<u64>) -> u64 {
        let here = Cell::new(than.get() + 1);
        if here.get() == u64::MAX { 0 } else { deeper(&here) + here.get() }
    }
    let observation = observed(|| deeper(&Cell::new(0)));
    assert_eq!(observation.ending, Ending::Killed { signal: libc::SIGABRT });
    let output = String::from_utf8_lossy(&observation.output);
    assert!(output.contains("overflow"), "{output}");
}

#[test]
fn a_thread_that_outlives_the_closure_ends_with_it() {
    let observation = observed(|| {
        let (begun, has_begun) = mpsc::channel();
        thread::spawn(move || {
            begun.send(()).unwrap();
            loop {
                thread::park();
            }
        });
        has_begun.recv().unwrap();
    });
    assert_eq!((observation.ending, observation.actors.len()), (Ending::Returned {}, 2));
}

#[test]
fn a_closure_whose_thread_ends_under_it_is_at_its_end() {
    // SAFETY: nobody waits for this thread's result but the test framework of the subject.
    let ended = ending(|| unsafe { libc::syscall(libc::SYS_exit, 0) });
    assert_eq!(ended, Ending::Exited { code: 0 });
}

#[test]
fn a_subject_that_closes_every_descriptor_can_still_return() {
    let observation = observed(|| {
        // SAFETY: integers only; nothing of std's is used after it.
        let answer = unsafe { libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0) };
        errno_of(answer as i32)
    });
    assert_eq!((observation.value::<String>().as_deref(), observation.ending), (Some("none"), Ending::Returned {}));
}

#[test]
fn a_subject_that_closes_every_descriptor_can_still_panic() {
    let message = message_of(ending(|| -> () {
        // SAFETY: integers only.
        unsafe { libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0) };
        panic!("nowhere to print it");
    }));
    assert!(message.contains("nowhere to print it"), "{message}");
}

/// Whether this process is the one that will be observed: it runs the code before the closure too.
fn in_the_subject() -> bool {
    std::env::var_os("READY_OR_DONE_SUBJECT").is_some()
}

#[test]
fn a_child_that_never_reaches_the_closure_is_told_by_how_it_ended() {
    if in_the_subject() {
        process::exit(9);
    }
    assert_eq!(ending(|| ()), Ending::Exited { code: 9 });
}

#[test]
fn a_child_that_is_killed_before_the_closure_is_told_so() {
    if in_the_subject() {
        // SAFETY: integers only.
        unsafe { libc::raise(libc::SIGKILL) };
    }
    assert_eq!(ending(|| ()), Ending::Killed { signal: libc::SIGKILL });
}
