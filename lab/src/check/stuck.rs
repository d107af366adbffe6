//! From how a run ended to what a reader is told of it.

use super::diagnosis::{Diagnosis, Kind};
use super::run::Run;
use crate::calls::{Family, signal_name, signature};
use crate::observe::{Ending, Event, Observation, Stuck};
use crate::transcript::Scribe;

/// A reason that a check offers for a failure, with the hint that helps.
pub type Reason = fn(&Run) -> Option<(&'static str, usize)>;

/// A run that came to its end, or the diagnosis of one that did not.
pub(super) fn judge(run: Run, reasons: &[Reason]) -> Result<Run, Diagnosis> {
    let observation = &run.observation;
    if let Some(why) = &observation.blind {
        let sentence = "an exercise is judged by its calls, and this host does not show them";
        return Err(Diagnosis::new(Kind::Unseen {}, sentence)
            .with("because", why)
            .with("what to do", "cargo xtask doctor"));
    }
    if let Ending::Returned {} = observation.ending {
        return Ok(run);
    }
    Err(match ended(observation) {
        unwritten @ Diagnosis { kind: Kind::NotWritten {}, .. } => run.with_output(unwritten),
        diagnosis => told(&run, diagnosis, reasons),
    })
}

/// The headline, and the rule that was broken.
fn ended(observation: &Observation) -> Diagnosis {
    match &observation.ending {
        Ending::Panicked { message } => panicked(message),
        Ending::Exited { code } => {
            Diagnosis::new(Kind::Left {}, format!("the process exited with {code} before your code returned"))
                .with("the rule", "a function hands its result to its caller; who calls exit takes everybody along")
        }
        Ending::Killed { signal } => killed(*signal),
        Ending::Stuck {} => Diagnosis::new(Kind::Stuck {}, "nothing can wake it any more"),
        Ending::Spinning {} => Diagnosis::new(Kind::Spinning {}, "it runs and runs, and never sleeps"),
        Ending::Late {} | Ending::Returned {} => {
            Diagnosis::new(Kind::Late {}, "the time was up, and your code had not returned")
        }
    }
}

/// The headline with all that was seen.
fn told(run: &Run, diagnosis: Diagnosis, reasons: &[Reason]) -> Diagnosis {
    let observation = &run.observation;
    let mut told = run.with_scene(Diagnosis { facts: Vec::new(), ..diagnosis.clone() });
    told.facts.extend(diagnosis.facts);
    if matches!(told.kind, Kind::Stuck {} | Kind::Late {}) {
        told = told_where(observation, told);
    }
    if told.kind == (Kind::Stuck {}) {
        told = told_of_peers(observation, told);
    }
    told = run.with_calls(told, "before that", 0..observation.events.len());
    let reason = reasons.iter().find_map(|reason| reason(run));
    told = match (reason, told.kind) {
        (Some((reason, hint)), _) => told.with("because", reason).hint(hint),
        (None, Kind::Spinning {}) => told.with(
            "the rule",
            "who has nothing to do yet should sleep in a call: the kernel wakes it when there is something",
        ),
        _ => told,
    };
    run.with_output(told)
}

/// `todo!()` is told apart from other panics by the words that it panics with.
fn panicked(message: &str) -> Diagnosis {
    if message.contains("not yet implemented") {
        let task =
            message.split_once("not yet implemented: ").map_or("", |(_, task)| task.lines().next().unwrap_or_default());
        let diagnosis = Diagnosis::new(Kind::NotWritten {}, "the body is still todo!()");
        return if task.is_empty() { diagnosis } else { diagnosis.with("to do", task) };
    }
    // `thread 'x' panicked at src/read_exactly.rs:20:5:` and the message below it.
    let (place, said) = message.split_once(":\n").unwrap_or((message, ""));
    let place = place.rsplit_once("panicked at ").map_or(place, |(_, place)| place);
    let place = place.rsplit('/').next().unwrap_or(place);
    // A comparison that failed says more in the lines after the first.
    let (first, more) = said.trim().split_once('\n').unwrap_or((said.trim(), ""));
    let diagnosis = Diagnosis::new(Kind::Panicked {}, first);
    let diagnosis = if more.is_empty() { diagnosis } else { diagnosis.with("it said", more) };
    diagnosis.with("where", place)
}

/// Death by a signal, and what sends such a signal.
fn killed(signal: i32) -> Diagnosis {
    let diagnosis = Diagnosis::new(Kind::Killed {}, format!("{} ended the process", signal_name(signal)));
    let rule = match signal {
        libc::SIGPIPE => {
            "a write where nobody can read any more comes with SIGPIPE, and that kills unless somebody says otherwise"
        }
        libc::SIGALRM => "a timer that sends SIGALRM needs a handler: by default the signal kills",
        libc::SIGSEGV | libc::SIGBUS => "an address was used that is not the process's: look at each unsafe block",
        libc::SIGABRT => {
            "something gave up: a panic in a place that cannot unwind, or a descriptor that was closed twice"
        }
        libc::SIGKILL => "somebody sent it; your code itself, or the kernel for want of memory",
        _ => return diagnosis,
    };
    diagnosis.with("the rule", rule)
}

/// Adds where each thread of the reader's slept.
fn told_where(observation: &Observation, diagnosis: Diagnosis) -> Diagnosis {
    let mut told = diagnosis;
    let mut asleep: Vec<&Stuck> = observation.stuck.iter().collect();
    asleep.sort_by_key(|stuck| stuck.actor);
    for stuck in asleep {
        let who = match stuck.actor {
            0 => "your code sleeps in".into(),
            actor => format!("its {} sleeps in", Scribe::of(observation).actor(actor)),
        };
        told = told.with(&who, call_of(observation, stuck)).with("which waits for", awaited(observation, stuck));
    }
    told
}

/// Adds which of the peers slept too, and what each waits for.
fn told_of_peers(observation: &Observation, diagnosis: Diagnosis) -> Diagnosis {
    observation.peers.iter().fold(diagnosis, |told, peer| {
        // One that was still asleep gave up only when your code was cut off.
        if peer.gave_up && peer.asleep_in.is_none() {
            return told
                .with("meanwhile", format!("{} has given up: the connection did not do what it needed", peer.name));
        }
        let Some(call) = peer.asleep_in.and_then(signature) else { return told };
        let wish = match call.family {
            Family::Read => "waits for you to send something, or to close",
            Family::Write => "waits for you to read",
            Family::Connect => "waits for you to accept",
            _ => "waits too",
        };
        told.with("meanwhile", format!("{} {wish}", peer.name))
    })
}

/// The call as the transcript would write it; by name alone where the table does not know it.
fn call_of(observation: &Observation, stuck: &Stuck) -> String {
    let open = observation.events.iter().rev().find_map(|event| match event {
        Event::Entered { call } if observation.calls[*call].actor == stuck.actor => Some(*call),
        _ => None,
    });
    let name = match open {
        Some(call) if observation.calls[call].number == stuck.number => Scribe::of(observation).call(call),
        _ => signature(stuck.number)
            .map_or_else(|| outside_the_table(stuck.number), |signature| signature.shown.to_owned()),
    };
    // The C library's sigwaitinfo is the kernel's call without its timeout.
    let endless = stuck.number == libc::SYS_rt_sigtimedwait && stuck.raw.get(2) == Some(&0);
    if endless { name.replacen("sigtimedwait", "sigwaitinfo", 1) } else { name }
}

/// Sleeps that are no I/O, and so are not traced.
fn outside_the_table(number: i64) -> String {
    match number {
        libc::SYS_futex => "futex: a lock, a join, a channel or a condition".into(),
        number => format!("system call {number}"),
    }
}

/// What would wake it, in words.
fn awaited(observation: &Observation, stuck: &Stuck) -> &'static str {
    if stuck.number == libc::SYS_futex {
        return "another thread, and none is left that could let it go on";
    }
    let Some(signature) = signature(stuck.number) else { return "something that nobody will do" };
    let alone = observation.peers.iter().all(|peer| peer.asleep_in.is_none());
    match signature.family {
        Family::Read if alone => "data, or the end of the stream; the other side is open, and sends nothing more",
        Family::Read => "data, or the end of the stream",
        Family::Write | Family::Transfer if alone => {
            "room in the buffer; the other side is open, and reads nothing more"
        }
        Family::Write | Family::Transfer => "room in the buffer, or data to fill it with",
        Family::Accept => "a client; none is coming",
        Family::Connect => "an answer from the other side; none is coming",
        Family::Ready => "one of its descriptors to be ready; nothing will make one so",
        Family::SignalWait => "a signal; nobody sends one",
        Family::Complete => "a completion; nothing is in flight that could complete",
        Family::ChildWait => "a child to end; it sleeps too",
        Family::Sleep => "time to pass",
        _ => "something that nobody will do",
    }
}
