//! Hundreds of observations in one process, eight at a time: none is lost, and nothing is left behind.

use std::collections::BTreeSet;
use std::io::pipe;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use lab::{Ending, observe};

const AT_A_TIME: usize = 8;
const ROUNDS: usize = 63;

/// Observations that were made and judged.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// Each subject is a test of its own, as an observation finds its way by the name of its thread, which is
/// the name of the test. The one test that is not ignored calls them from threads of these names.
macro_rules! subjects {
    ($($name:ident: $ending:pat = $subject:expr;)*) => {
        const SUBJECTS: &[(&str, fn())] = &[$((stringify!($name), $name)),*];

        $(
            #[test]
            #[ignore = "called by the test below"]
            fn $name() {
                let observation = observe(deadline(stringify!($name)), $subject);
                assert!(matches!(observation.ending, $ending), "{}: {:?}", stringify!($name), observation.ending);
                assert_eq!(observation.blind, None);
                MADE.fetch_add(1, Ordering::Relaxed);
            }
        )*
    };
}

subjects! {
    returns: Ending::Returned {} = || drop(pipe().unwrap());
    panics: Ending::Panicked { .. } = || -> () { panic!("as it should") };
    exits: Ending::Exited { code: 7 } = || -> () { std::process::exit(7) };
    is_killed: Ending::Killed { signal: libc::SIGKILL } = || send_itself(libc::SIGKILL);
    is_late: Ending::Late {} = || -> () { loop { thread::park() } };
    leaves_a_child: Ending::Returned {} = fork_a_sleeper;
    starts_threads: Ending::Returned {} = || (0..8).for_each(|_| drop(thread::spawn(|| pipe().unwrap())));
    starts_a_program: Ending::Returned {} = || Command::new("/bin/true").status().unwrap().success();
}

fn deadline(subject: &str) -> Duration {
    if subject == "is_late" { Duration::from_millis(50) } else { Duration::from_secs(60) }
}

fn send_itself(signal: i32) -> i32 {
    // SAFETY: integers only.
    unsafe { libc::raise(signal) }
}

fn fork_a_sleeper() {
    // SAFETY: the child makes one call, for ever.
    unsafe {
        if libc::fork() == 0 {
            loop {
                libc::pause();
            }
        }
    }
}

/// The descriptors of this process.
fn descriptors() -> BTreeSet<String> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Whether this process has any child, ended or not.
fn has_children() -> bool {
    // SAFETY: no status is asked for.
    unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG | libc::__WALL) != -1 }
}

#[test]
fn of_five_hundred_observations_none_is_lost_and_nothing_is_left_behind() {
    let before = descriptors();
    thread::scope(|scope| {
        for worker in 0..AT_A_TIME {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let (name, subject) = SUBJECTS[(worker + round) % SUBJECTS.len()];
                    // A thread for each: a subject skips the observations that its thread made before.
                    let named = thread::Builder::new().name(name.into()).spawn(subject).unwrap();
                    named.join().unwrap();
                }
            });
        }
    });
    assert_eq!(MADE.load(Ordering::Relaxed), AT_A_TIME * ROUNDS);
    assert_eq!(descriptors(), before);
    assert!(!has_children());
}
