//! Compares an observation with strace's account of another run of the same program.

use std::collections::{HashMap, VecDeque};

use lab::{Call, Family, Observation, Outcome, Value};

use crate::notation::Written;
use crate::run::BEGIN;
use crate::same::{Kind, Pairs, is_address, same};
use crate::steps::{Ours, our_steps, our_text, shown, their_steps, their_word};
use crate::strace::{self, Answer, Line};

/// How much was compared, and what differed.
#[derive(Debug, Default)]
pub struct Report {
    /// Threads and processes.
    pub threads: usize,
    /// Calls.
    pub calls: usize,
    /// Signals taken.
    pub signals: usize,
    /// In a sentence each.
    pub differences: Vec<String>,
}

/// Compares thread by thread, beginning with the program's own; the others are found by who started whom.
pub fn compare(observation: &Observation, theirs: &HashMap<i64, Vec<Line>>) -> Report {
    let mut report = Report::default();
    let mut pairs = Pairs::default();
    let is_root = |lines: &Vec<Line>| lines.iter().any(|line| their_word(line) == Some(BEGIN));
    let Some((&root, _)) = theirs.iter().find(|(_, lines)| is_root(lines)) else {
        report.differences.push("strace did not see the program begin".into());
        return report;
    };
    pairs.pair(Kind::Process, observation.actors[0].tid.into(), root);
    let mut waiting = VecDeque::from([(0, root)]);
    let mut unmet: Vec<_> = (0..observation.actors.len()).collect();
    while let Some((actor, tid)) = waiting.pop_front() {
        let (Some(lines), true) = (theirs.get(&tid), actor < observation.actors.len()) else {
            report.differences.push(format!("thread {tid} of strace's has no counterpart"));
            continue;
        };
        let (ours, their) = (our_steps(observation, actor), their_steps(lines, actor == 0));
        let started = thread(actor, &ours, &their, &mut pairs, &mut report);
        for (pid, tid) in started {
            let actor = observation.actors.iter().position(|actor| i64::from(actor.tid) == pid);
            waiting.push_back((actor.unwrap_or(usize::MAX), tid));
        }
        unmet.retain(|&unmet| unmet != actor);
        report.threads += 1;
    }
    report.differences.extend(unmet.iter().map(|actor| format!("thread {actor} of lab's has no counterpart")));
    report
}

/// Compares step by step; returns whom it started, in both runs.
fn thread(
    actor: usize,
    ours: &[Ours<'_>],
    theirs: &[&Line],
    pairs: &mut Pairs,
    report: &mut Report,
) -> Vec<(i64, i64)> {
    let mut started = Vec::new();
    for place in 0..ours.len().max(theirs.len()) {
        let difference = match (ours.get(place), theirs.get(place)) {
            (Some(Ours::Call(call)), Some(Line::Call(line))) => {
                report.calls += 1;
                if call.family() == Family::Start
                    && let (Some(pid @ 1..), Answer::Value(tid)) = (call.returned(), line.answer)
                {
                    started.push((pid, tid));
                }
                same_call(call, line, pairs)
                    .map_err(|why| format!("{why}:\n    lab:    {}\n    strace: {}", shown(call), line.line))
            }
            (Some(Ours::Took { info, handled }), Some(Line::Signal { info: written, handled: theirs, .. })) => {
                report.signals += 1;
                let is_same = same(info, written, pairs) && handled == theirs;
                is_same
                    .then_some(())
                    .ok_or_else(|| format!("a signal differs:\n    lab:    {info:?}\n    strace: {written:?}"))
            }
            (Some(Ours::Ended { status }), Some(Line::End(text))) => {
                let is_same = end_of(text) == Some(*status);
                is_same.then_some(()).ok_or_else(|| format!("an end differs: lab: {status:#x}, strace: {text}"))
            }
            (ours, theirs) => {
                // What follows is out of step, so one difference says it all.
                let ours = ours.map_or("nothing".into(), our_text);
                let theirs = theirs.map_or("nothing".into(), |line| format!("{line:?}"));
                report
                    .differences
                    .push(format!("thread {actor}, step {place}:\n    lab:    {ours}\n    strace: {theirs}"));
                return started;
            }
        };
        if let Err(difference) = difference {
            report.differences.push(format!("thread {actor}, step {place}: {difference}"));
        }
    }
    started
}

fn same_call(call: &Call, line: &strace::Call, pairs: &mut Pairs) -> Result<(), String> {
    if call.name() != line.name {
        return Err("the calls differ".into());
    }
    same_answer(call, line, pairs)?;
    let written = line.arguments()?;
    let is_wait = matches!(call.name(), "poll" | "ppoll" | "select" | "pselect6");
    for (place, entering) in call.arguments.iter().enumerate() {
        let ours = if is_wait { entering } else { call.argument(place).unwrap_or(entering) };
        let was_filled = !is_wait && call.filled.iter().any(|(filled, _)| *filled == place);
        let theirs = match counterpart(call, place, &written, line.is_whole) {
            None => continue,
            Some(Written::Changed(before, _)) if !was_filled => before,
            Some(written) => written,
        };
        let is_process = place == 0 && matches!(call.name(), "tgkill" | "rt_tgsigqueueinfo");
        let is_same = match (ours, theirs) {
            (Value::Number { value }, Written::Number(number)) if is_process => {
                pairs.pair(Kind::Process, *value, *number)
            }
            // strace does not decode what the kernel refused for its length.
            (_, theirs) if call.errno().is_some() && is_address(theirs) => true,
            _ => same(ours, theirs, pairs),
        };
        if !is_same {
            return Err(format!("argument {place} is {ours:?}, and strace's {theirs:?}"));
        }
    }
    if written.len() > call.arguments.len() && !matches!(call.name(), "clone" | "restart_syscall") {
        return Err(format!("strace has {} arguments, lab {}", written.len(), call.arguments.len()));
    }
    if is_wait { same_reported(call, line, pairs) } else { Ok(()) }
}

/// What strace wrote for an argument; `None` where it writes nothing, as nobody looks at it.
fn counterpart<'a>(call: &Call, place: usize, written: &'a [(String, Written)], is_whole: bool) -> Option<&'a Written> {
    let place = match (call.name(), place) {
        // clone's arguments have another order on every architecture; only the flags are compared.
        ("clone", 0) => written.iter().position(|(name, _)| name == "flags")?,
        ("clone", _) => return None,
        // The upper half of the offset is for architectures of 32 bits.
        ("preadv" | "pwritev" | "preadv2" | "pwritev2", 4) => return None,
        ("preadv2" | "pwritev2", 5) => 4,
        (_, place) => place,
    };
    let unused = |value: &Value| matches!(value, Value::Pointer { .. } | Value::Null {});
    // open's mode counts only where a file may be made.
    let is_mode = matches!((call.name(), place), ("openat", 3) | ("open", 2));
    let found = written.get(place).map(|(_, written)| written);
    assert!(
        found.is_some() || !is_whole || is_mode || unused(&call.arguments[place]),
        "strace has no argument {place} of {call:?}"
    );
    found
}

fn same_answer(call: &Call, line: &strace::Call, pairs: &mut Pairs) -> Result<(), String> {
    let is_same = match (call.outcome, line.answer) {
        (Outcome::Unfinished {}, Answer::Nothing) => true,
        (Outcome::Returned { value }, Answer::Value(number)) => match &call.result {
            Some(Value::Process { pid }) => *pid == value && pairs.pair(Kind::Process, value, number),
            // The rest of what a result means is the number itself, or the number without what says nothing.
            _ => value == number,
        },
        (Outcome::Failed { errno, .. }, Answer::Errno(number)) => errno == number,
        (Outcome::Failed { errno: libc::EINTR, .. }, Answer::Restart(_)) => line.gave_up,
        (Outcome::Restarted { code }, Answer::Restart(number)) => code == number && !line.gave_up,
        _ => false,
    };
    is_same.then_some(()).ok_or_else(|| "the results differ".into())
}

/// What poll and select fill in stands behind strace's result.
fn same_reported(call: &Call, line: &strace::Call, pairs: &mut Pairs) -> Result<(), String> {
    // What restart_syscall fills in strace does not show.
    if call.returned().unwrap_or(0) == 0 || !line.is_whole {
        return Ok(());
    }
    let reported = line.reported()?;
    for (place, ours) in &call.filled {
        let name = ["", "in", "out", "except"][*place];
        let theirs = reported.iter().find(|(reported, _)| reported == name).map(|(_, written)| written);
        let none = Written::List(Vec::new());
        if !same(ours, theirs.unwrap_or(&none), pairs) {
            return Err(format!("lab saw {ours:?} reported, and strace {reported:?}"));
        }
    }
    Ok(())
}

/// `exited with 3`, `killed by SIGKILL`, as wait(2) encodes it.
fn end_of(text: &str) -> Option<i32> {
    if let Some(code) = text.strip_prefix("exited with ") {
        return Some(code.parse::<i32>().ok()? << 8);
    }
    let (name, dumped) = match text.strip_prefix("killed by ")?.split_once(" (core dumped)") {
        Some((name, _)) => (name, 0x80),
        None => (text.strip_prefix("killed by ")?, 0),
    };
    Some(name.parse::<nix::sys::signal::Signal>().ok()? as i32 | dumped)
}
