//! Who did what, where there are several.

use std::collections::BTreeSet;
use std::io::{Read, Write, pipe};
use std::thread;

use lab::Event;

use super::support::{calls, data, handle, nothing, observed};

#[test]
fn every_thread_is_an_actor_and_its_calls_are_its_own() {
    let observation = observed(|| {
        let (mut reader, writer) = pipe().unwrap();
        thread::scope(|scope| {
            for name in [b"a", b"b", b"c"] {
                let mut writer = writer.try_clone().unwrap();
                scope.spawn(move || writer.write_all(name).unwrap());
            }
        });
        reader.read_exact(&mut [0; 3]).unwrap();
    });
    let writes: BTreeSet<_> = calls(&observation, "write").iter().map(|call| (data(call, 1), call.actor)).collect();
    let (said, by): (Vec<_>, BTreeSet<_>) = writes.into_iter().unzip();
    assert_eq!(said, [b"a", b"b", b"c"]);
    assert!(by.len() == 3 && !by.contains(&0), "{by:?}");
}

#[test]
fn a_thread_begins_before_its_first_call_and_ends_after_its_last() {
    let observation = observed(|| thread::spawn(|| drop(pipe().unwrap())).join().unwrap());
    let made = calls(&observation, "pipe")[0].actor;
    let calls_of = |at: &Event| match at {
        Event::Entered { call } | Event::Left { call } => observation.calls[*call].actor == made,
        _ => false,
    };
    let place = |wanted: &dyn Fn(&Event) -> bool| observation.events.iter().position(wanted).unwrap();
    let began = place(&|event| matches!(event, Event::Began { actor, parent: 0 } if *actor == made));
    let ended = place(&|event| matches!(event, Event::Ended { actor, .. } if *actor == made));
    let last = observation.events.iter().rposition(calls_of).unwrap();
    assert!(began < place(&calls_of) && last < ended);
}

#[test]
fn a_hundred_threads_at_once_are_all_seen() {
    let observation = observed(|| {
        let threads: Vec<_> = (0..100).map(|_| thread::spawn(|| drop(pipe().unwrap()))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    let by: BTreeSet<_> = calls(&observation, "pipe").iter().map(|call| call.actor).collect();
    assert_eq!(by.len(), 100);
}

#[test]
fn a_signal_to_the_process_is_taken_by_the_closures_thread() {
    let observation = observed(|| {
        handle(libc::SIGUSR1, 0, nothing);
        // SAFETY: integers only.
        unsafe { libc::kill(libc::getpid(), libc::SIGUSR1) }
    });
    let by = observation
        .events
        .iter()
        .find_map(|event| if let Event::Took { actor, .. } = event { Some(*actor) } else { None });
    assert_eq!(by, Some(0));
}

#[test]
fn the_closure_begins_with_no_signal_blocked() {
    let observation = observed(|| {
        // SAFETY: all zeroes is a valid, empty set; the kernel fills the other.
        unsafe {
            let (none, mut blocked): (libc::sigset_t, libc::sigset_t) = (std::mem::zeroed(), std::mem::zeroed());
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const none, &raw mut blocked);
            (1..=64).filter(|&signal| libc::sigismember(&raw const blocked, signal) == 1).collect::<Vec<i32>>()
        }
    });
    assert_eq!(observation.value::<Vec<i32>>(), Some(Vec::new()));
}
