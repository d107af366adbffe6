//! An observation that cannot see calls, where ptrace or seccomp is refused: what the subject says comes
//! over a pipe, and its processes are found by what they inherited.

use std::fs;
use std::io::PipeReader;

use super::output::drain;
use super::record::{Event, Observation};
use super::start::{ended, kill_group, reap};
use super::subject::VARIABLE;
use super::tracer::ending;
use super::watch::Watch;
use crate::words::{self, Word};

/// How much of what a subject says is listened to, in bytes.
const WORDS_KEPT: usize = 2 * words::LIMIT;

/// How often it is looked for processes that went their own way.
const STRAY_ROUNDS: usize = 1000;

/// Listens to a subject that runs unwatched, to its end. `role` is how its environment tells it.
pub(super) fn listen(subject: i32, ready: PipeReader, role: &str, watch: &Watch, why: String) -> Observation {
    let (said, _) = drain(ready, WORDS_KEPT, || ended(subject, false));
    ended(subject, true);
    // It is not reaped yet, so its number, and its group's, are nobody else's.
    kill_group(subject);
    kill_strays(role);
    let status = reap(subject, watch);
    let mut observation = Observation::new();
    let mut panic = None;
    let mut rest = &said[..];
    while let Some(word) = words::next(&mut rest) {
        match word {
            Word::Returned { value } => observation.returned = Some(value),
            word => {
                if let Word::Panicked { message } = &word {
                    panic = panic.or_else(|| Some(message.clone()));
                }
                observation.events.push(Event::Said { actor: 0, word });
            }
        }
    }
    observation.ending = match watch.cut() {
        Some(cut) => cut.why.into(),
        None => ending(status, observation.returned.is_some(), panic),
    };
    observation.blind = Some(why);
    observation
}

/// Kills what left the group (setsid): whoever has the subject's role in the environment that it
/// inherited. Again until none is left, as one may have forked meanwhile.
fn kill_strays(role: &str) {
    let mark = format!("{VARIABLE}={role}");
    for _ in 0..STRAY_ROUNDS {
        let strays = strays(&mark);
        if strays.is_empty() {
            return;
        }
        for pid in strays {
            // SAFETY: integers only.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
        std::thread::yield_now();
    }
}

fn strays(mark: &str) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    // A process that has ended has no environment any more, even where nobody has reaped it yet.
    let inherited = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes())
    };
    processes.filter(inherited).collect()
}
