//! Which calls a reader sees.

use std::collections::BTreeSet;

use crate::calls::{Set, Value};
use crate::observe::{Call, Event, Observation};
use crate::words::Word;

/// The calls that a reader sees: not those of setup, nor the C library's own around a thread's birth
/// and end, nor a peer's before its first turn.
pub(super) fn visible_calls(observation: &Observation) -> BTreeSet<usize> {
    let mut visible = BTreeSet::new();
    let mut hushed = vec![0; observation.actors.len()];
    let mut plumbing = vec![false; observation.actors.len()];
    let mut begun: Vec<bool> = observation.actors.iter().map(|actor| actor.name.is_empty()).collect();
    for event in &observation.events {
        match event {
            Event::Said { actor, word: Word::Hush {} } => hushed[*actor] += 1,
            Event::Said { actor, word: Word::Unhush {} } => hushed[*actor] -= 1,
            Event::Said { actor, word: Word::Turn { .. } } => begun[*actor] = true,
            Event::Said { actor, word: Word::Over { .. } } => begun[*actor] = false,
            Event::Began { actor, parent } => {
                // What is started in a hidden setup is a part of it. And a thread's first call restores the
                // mask that its parent's library had set aside.
                let is_peer = !observation.actors[*actor].name.is_empty();
                hushed[*actor] = if is_peer { 0 } else { hushed[*parent] };
                plumbing[*actor] = plumbing[*parent];
            }
            Event::Entered { call } => {
                let actor = observation.calls[*call].actor;
                if let Some(check) = std_checks_before(observation, *call) {
                    visible.remove(&check);
                }
                let own = is_plumbing(&observation.calls[*call], &mut plumbing[actor]);
                if hushed[actor] == 0 && begun[actor] && !own && !is_end_of_subject(observation, *call) {
                    visible.insert(*call);
                }
            }
            _ => {}
        }
    }
    visible
}

/// The C library blocks every signal around the birth and the end of a thread or process, and restores
/// the mask after; and a thread's birth is nothing that I/O knows of.
fn is_plumbing(call: &Call, inside: &mut bool) -> bool {
    match (call.shown(), call.arguments.first(), call.arguments.get(1)) {
        ("sigprocmask", Some(Value::One { value, .. }), Some(Value::Signals { bits }))
            if *value == i64::from(libc::SIG_BLOCK) && bits.count_ones() >= 62 =>
        {
            *inside = true;
            true
        }
        ("sigprocmask", Some(Value::One { value, .. }), _) if *inside && *value == i64::from(libc::SIG_SETMASK) => {
            *inside = false;
            true
        }
        // Two signals are the library's own, for cancelling threads and changing users.
        ("sigprocmask", _, Some(Value::Signals { bits })) => bits & !(3 << 31) == 0 && *bits != 0,
        ("sigaction", Some(Value::One { value: 32 | 33, .. }), _) => true,
        ("fork", Some(Value::Flags { bits, .. }), _) => bits & libc::CLONE_THREAD.cast_unsigned() as u64 != 0,
        _ => false,
    }
}

/// In a debug build, std asks whether a descriptor is open before it closes it.
fn std_checks_before(observation: &Observation, close: usize) -> Option<usize> {
    let calls = &observation.calls;
    let closing = &calls[close];
    let before = calls[..close].iter().rposition(|call| call.actor == closing.actor)?;
    let asks = calls[before].arguments.get(1) == Some(&Value::One { set: Set::Fcntl, value: libc::F_GETFD.into() });
    let same = calls[before].arguments.first() == closing.arguments.first();
    (closing.shown() == "close" && calls[before].shown() == "fcntl" && asks && same).then_some(before)
}

fn is_end_of_subject(observation: &Observation, call: usize) -> bool {
    let call = &observation.calls[call];
    call.shown() == "exit" && observation.actors[call.actor].pid == observation.actors[0].pid
}
