//! Whether the raw lines of an observation tell what it holds.

use lab::{Observation, Outcome};

use crate::steps::shown;
use crate::strace::{self, Answer};

/// Compares the calls with the raw lines of the same observation: one for each, with its name and its result.
pub fn compare_raw(observation: &Observation, lines: &[String]) -> Vec<String> {
    // "[2] " before a line says whose it is.
    let is_margin = |letter: char| "[0123456789] ".contains(letter);
    let told = |line: &String| strace::call(line.trim_start_matches(is_margin));
    let mut told: Vec<_> = lines.iter().filter_map(told).map(|call| (call.name, call.answer)).collect();
    let mut differences = Vec::new();
    for call in &observation.calls {
        let answer = match call.outcome {
            Outcome::Unfinished {} => Answer::Nothing,
            Outcome::Returned { value } => Answer::Value(value),
            Outcome::Failed { errno, .. } => Answer::Errno(errno),
            Outcome::Restarted { code } => Answer::Restart(code),
        };
        match told.iter().position(|(name, told)| name == call.name() && *told == answer) {
            Some(place) => drop(told.swap_remove(place)),
            None => differences.push(format!("no raw line tells of {}", shown(call))),
        }
    }
    differences.extend(told.iter().map(|told| format!("a raw line tells of {told:?}, which did not happen")));
    differences
}
