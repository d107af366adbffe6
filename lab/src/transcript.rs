//! From an observation to what a reader sees of it: plain text, the same in every run.
//!
//! A line is a call as it came back, a sentence of the lesson's, or a signal. A call that slept while
//! others acted has two lines: where it fell asleep, and where it woke. What differs from run to run
//! (numbers of descriptors, processes and ports, addresses, times) is not printed; a time is printed as the
//! bound that holds.

mod descriptors;
mod raw;
mod scribe;
mod sum;
mod text;
mod visible;
mod writer;

pub(crate) use descriptors::descriptors_in;
pub(crate) use scribe::{Scribe, last_result};
pub(crate) use text::span;

use crate::observe::Observation;
use writer::Writer;

/// Where results begin, in characters from the left.
const COLUMN: usize = 42;

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A call and what came of it.
    Call {
        /// Who made it: empty for the demo's own thread.
        by: String,
        /// The call as written.
        call: String,
        /// What came back.
        result: String,
    },
    /// A sentence.
    Say(String),
    /// Something that happened to somebody.
    Happened {
        /// To whom: empty for the demo's own thread.
        to: String,
        /// What.
        what: String,
    },
    /// What was seen to hold.
    Seen {
        /// The sentence, without its full stop.
        sentence: String,
        /// Whether it held.
        fact: bool,
    },
    /// What this host lacks.
    Skipped(String),
}

/// The lines of an observation.
#[must_use]
pub fn lines(observation: &Observation) -> Vec<Line> {
    lines_after(observation, 0)
}

/// The lines of an observation that is still under way: what is closed last may be the point of what follows.
pub(crate) fn lines_so_far(observation: &Observation) -> Vec<Line> {
    lines_after(observation, usize::MAX)
}

/// The lines of an observation, of which the first `told` have been shown already, as [`lines_so_far`].
pub(crate) fn lines_after(observation: &Observation, told: usize) -> Vec<Line> {
    let scribe = Scribe::of(observation);
    Writer::new(&scribe, told).write()
}

/// The lines with the kernel's own names and numbers, and every call of the table.
#[must_use]
pub fn raw_lines(observation: &Observation) -> Vec<String> {
    raw::lines(observation)
}

/// The lines as text, without colour.
#[must_use]
pub fn plain_text(lines: &[Line]) -> String {
    with_gaps(lines).map(|line| line.map_or_else(String::new, line_text) + "\n").collect()
}

/// The lines, with a `None` for the empty line before what was seen to hold.
pub(crate) fn with_gaps(lines: &[Line]) -> impl Iterator<Item = Option<&Line>> {
    let first_seen = lines.iter().position(|line| matches!(line, Line::Seen { .. })).filter(|&at| at > 0);
    let gap = move |at| (first_seen == Some(at)).then_some(None);
    lines.iter().enumerate().flat_map(move |(at, line)| gap(at).into_iter().chain([Some(line)]))
}

fn line_text(line: &Line) -> String {
    let Parts { who, left, gap, right } = parts(line);
    format!("{who}{left}{:gap$}{right}", "").trim_end().to_owned()
}

/// A line's parts, as they stand on a page.
pub(crate) struct Parts {
    /// The margin, and whose line it is.
    pub(crate) who: String,
    pub(crate) left: String,
    /// The space between left and right, in characters.
    pub(crate) gap: usize,
    pub(crate) right: String,
}

pub(crate) fn parts(line: &Line) -> Parts {
    let margin = |who: &String| if who.is_empty() { "  ".to_owned() } else { format!("      {who}: ") };
    let alone = |left: String| Parts { who: "  ".into(), left, gap: 0, right: String::new() };
    match line {
        Line::Call { by, call, result } => {
            let (who, left) = (margin(by), call.clone());
            let gap = COLUMN.saturating_sub(who.chars().count() + left.chars().count()).max(2);
            Parts { who, left, gap, right: result.clone() }
        }
        Line::Say(sentence) => alone(sentence.clone()),
        Line::Happened { to, what } => Parts { who: margin(to), ..alone(what.clone()) },
        Line::Seen { sentence, fact: true } => alone(format!("Seen here: {sentence}.")),
        Line::Seen { sentence, fact: false } => alone(format!("Not so here: {sentence}.")),
        Line::Skipped(reason) => alone(format!("Left out here: {reason}.")),
    }
}
