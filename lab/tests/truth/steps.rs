//! What is compared of a thread: its calls, signals and end, from the program's beginning to its end, but
//! for what it does quietly.

use lab::{Call, Event, Observation, Value};

use crate::notation::Written;
use crate::run::{BEGIN, END, HUSH, UNHUSH};
use crate::strace::Line;

/// What strace sees and lab leaves out by design: memory, threads and their locks, questions about
/// the process itself. A call that is neither here nor in lab's table is a difference.
const NOT_IO: &str = "\
    access arch_prctl brk clock_gettime exit faccessat faccessat2 fstat futex getpid getppid getrandom gettid \
    getuid madvise mmap mprotect mremap munmap newfstatat prctl prlimit64 readlink readlinkat rseq rt_sigreturn \
    sched_getaffinity sched_getparam sched_getscheduler sched_yield set_robust_list set_tid_address sigaltstack \
    stat statx uname";

/// One thing that a thread did, as lab saw it.
pub enum Ours<'a> {
    /// A call.
    Call(&'a Call),
    /// A signal.
    Took {
        /// Its siginfo.
        info: &'a Value,
        /// Whether a handler ran.
        handled: bool,
    },
    /// Its end.
    Ended {
        /// As wait(2) encodes it.
        status: i32,
    },
}

/// What an actor did between the program's beginning and its end.
pub fn our_steps(observation: &Observation, actor: usize) -> Vec<Ours<'_>> {
    let mut steps = Vec::new();
    for event in &observation.events {
        match event {
            Event::Entered { call } if observation.calls[*call].actor == actor => {
                steps.push(Ours::Call(&observation.calls[*call]));
            }
            Event::Took { actor: by, info, handled } if *by == actor => {
                steps.push(Ours::Took { info, handled: *handled });
            }
            Event::Ended { actor: by, status } if *by == actor => steps.push(Ours::Ended { status: *status }),
            _ => {}
        }
    }
    within(steps, actor == 0, our_word)
}

/// What a thread did, as strace saw it.
pub fn their_steps(lines: &[Line], is_root: bool) -> Vec<&Line> {
    let is_io = |name: &str| !NOT_IO.split_whitespace().any(|other| other == name);
    let is_compared = |line: &&Line| !matches!(line, Line::Call(call) if !is_io(&call.name));
    within(lines.iter().filter(is_compared).collect(), is_root, |line| their_word(line))
}

/// The steps that are compared: the root's between its first and last word, and of all threads those
/// that are not hushed.
fn within<T>(steps: Vec<T>, is_root: bool, word: impl Fn(&T) -> Option<&'static str>) -> Vec<T> {
    let (mut inside, mut hushed) = (!is_root, false);
    let mut kept = Vec::new();
    for step in steps {
        match word(&step) {
            Some(BEGIN) => inside = true,
            Some(END) => inside = false,
            Some(HUSH) => hushed = true,
            Some(UNHUSH) => hushed = false,
            _ if inside && !hushed => kept.push(step),
            _ => {}
        }
    }
    kept
}

fn word(bytes: &[u8]) -> Option<&'static str> {
    [BEGIN, END, HUSH, UNHUSH].into_iter().find(|word| word.as_bytes() == bytes)
}

fn our_word(step: &Ours<'_>) -> Option<&'static str> {
    let Ours::Call(call) = step else { return None };
    match (call.name(), call.arguments.get(1)) {
        ("write", Some(Value::Bytes { head, .. })) => word(head),
        _ => None,
    }
}

/// The word that a line says, if it says one.
pub fn their_word(line: &Line) -> Option<&'static str> {
    let Line::Call(call) = line else { return None };
    match call.arguments().ok()?.get(1) {
        Some((_, Written::Text { bytes, .. })) if call.name == "write" => word(bytes),
        _ => None,
    }
}

/// A call with everything that lab knows of it.
pub fn shown(call: &Call) -> String {
    format!("{}({:?}) filled {:?} = {:?}", call.name(), call.arguments, call.filled, call.outcome)
}

/// The same for any step.
pub fn our_text(step: &Ours<'_>) -> String {
    match step {
        Ours::Call(call) => shown(call),
        Ours::Took { info, .. } => format!("took {info:?}"),
        Ours::Ended { status } => format!("ended with {status:#x}"),
    }
}
