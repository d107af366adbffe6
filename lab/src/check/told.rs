//! The reader's calls, as a diagnosis tells of them: the last few, each as a transcript has it, but for
//! what differs from kernel to kernel.

use std::ops::Range;
use std::time::Duration;

use crate::calls::{Family, Shape, Value, errno_name};
use crate::observe::{Call, Event, Observation, Outcome};
use crate::transcript::{Scribe, span};

/// How many lines of calls a diagnosis has.
const LINES: usize = 6;

/// From this length on data counts as long: how much of it a call moves differs from kernel to kernel.
const LONG: u64 = 1 << 10;

/// How many calls may make a round that is repeated.
const ROUND: usize = 3;

/// From how many times on a round is told once.
const MANY: usize = 3;

/// The last calls among these events, oldest first.
pub(super) fn last_calls(observation: &Observation, events: Range<usize>) -> Vec<String> {
    let scribe = Scribe::of(observation);
    let mut rounds = Rounds::default();
    for at in events.clone().rev() {
        let event = &observation.events[at];
        let Event::Left { call } = event else { continue };
        if !scribe.is_visible(*call) || prints(&observation.calls[*call]) {
            continue;
        }
        let mut line = told(&scribe, observation, at, *call);
        if took_a_signal(observation, at, observation.calls[*call].actor) {
            line += ", as a signal came";
        }
        rounds.preceded_by(line);
        // More than there is room for: so it is known that there was more.
        if rounds.lines().count() > LINES + ROUND * MANY {
            break;
        }
    }
    rounds.begin_with_the_first();
    let lines: Vec<String> = rounds.lines().collect();
    let first = lines.len().saturating_sub(LINES);
    let more = (first > 0 || events.start > 0).then(|| "…".to_owned());
    more.into_iter().chain(lines.into_iter().skip(first)).collect()
}

/// Lines that are gathered from the last one back, with what is repeated told once.
#[derive(Default)]
struct Rounds {
    /// The newest first; each with how many times it stands in a row.
    rounds: Vec<(Vec<String>, usize)>,
}

impl Rounds {
    fn preceded_by(&mut self, line: String) {
        self.rounds.push((vec![line], 1));
        for length in 1..=ROUND {
            let rounds = &mut self.rounds;
            let Some(from) = rounds.len().checked_sub(length + 1) else { return };
            // The lines before it that may be one more of the round at `from`.
            let once = |round: &(Vec<String>, usize)| round.1 == 1 && round.0.len() == 1;
            let singles = rounds[from + 1..].iter().all(once);
            let before: Vec<String> = rounds[from + 1..].iter().rev().flat_map(|(lines, _)| lines.clone()).collect();
            if singles && rounds[from].0 == before {
                rounds.truncate(from + 1);
                rounds[from].1 += 1;
                return;
            }
            // Or two rounds that nobody has seen as such yet.
            let Some(from) = rounds.len().checked_sub(2 * length) else { continue };
            let lines: Vec<String> = rounds[from..].iter().rev().flat_map(|(lines, _)| lines.clone()).collect();
            if rounds[from..].iter().all(once) && lines[..length] == lines[length..] {
                rounds.truncate(from);
                rounds.push((before_half(lines), 2));
                return;
            }
        }
    }

    /// A round that goes on to the end is cut off anywhere: it is told from the line with which it began.
    fn begin_with_the_first(&mut self) {
        while let [(round, MANY..), (before, 1), ..] = &mut self.rounds[..]
            && round.len() > 1
            && before.len() == 1
            && round.last() == before.last()
        {
            round.rotate_right(1);
            self.rounds.remove(1);
        }
    }

    /// What there is to tell, oldest first.
    fn lines(&self) -> impl Iterator<Item = String> {
        self.rounds.iter().rev().flat_map(|(lines, count)| match count {
            MANY.. => {
                let mut told = lines.clone();
                let whole =
                    [", again and again", "   (these two, again and again)", "   (these three, again and again)"];
                told.last_mut().into_iter().for_each(|last| *last += whole[lines.len() - 1]);
                told
            }
            few => vec![lines.clone(); *few].concat(),
        })
    }
}

/// The first half of some lines.
fn before_half(mut lines: Vec<String>) -> Vec<String> {
    lines.truncate(lines.len() / 2);
    lines
}

/// Whether a handler ran on the way out of the call that event `left` ended.
fn took_a_signal(observation: &Observation, left: usize, actor: usize) -> bool {
    let next = observation.events[left + 1..].iter().find(|event| match event {
        Event::Entered { call } | Event::Left { call } => observation.calls[*call].actor == actor,
        Event::Took { actor: other, .. } | Event::Said { actor: other, .. } => *other == actor,
        _ => false,
    });
    matches!(next, Some(Event::Took { handled: true, .. }))
}

/// A call in one line: as a transcript has it, or without the amounts where they are large.
fn told(scribe: &Scribe<'_>, observation: &Observation, left: usize, place: usize) -> String {
    let call = &observation.calls[place];
    let asked = call.arguments.iter().find_map(amount).unwrap_or_default();
    let moved = call.returned().map_or(asked, i64::cast_unsigned);
    let large = match call.family() {
        Family::Read => call.returned().is_some() && moved >= LONG,
        Family::Write | Family::Transfer => asked >= LONG,
        _ => false,
    };
    if !large {
        return without_times(call, scribe.told(left, place));
    }
    let argument = |(shape, value): (&Shape, &Value)| match value {
        _ if matches!(shape, Shape::Length | Shape::IntLength | Shape::Hidden) => None,
        Value::Descriptor { number } => Some(scribe.descriptor(left, call.actor, *number)),
        Value::Number { value } if call.family() == Family::Transfer && *value >= LONG.cast_signed() => {
            Some("a lot".into())
        }
        Value::Number { value } => Some(value.to_string()),
        Value::Bytes { length: LONG.., .. } | Value::List { .. } | Value::Record { .. } => Some("a lot".into()),
        Value::Bytes { length, .. } => Some(format!("{length} bytes")),
        Value::Flags { set, bits } if *bits != 0 => Some(set.names_of(*bits)),
        _ => None,
    };
    let arguments: Vec<String> = call.signature().arguments.iter().zip(&call.arguments).filter_map(argument).collect();
    let result = match (call.outcome, call.family()) {
        (Outcome::Failed { errno, .. }, _) => errno_name(errno),
        (Outcome::Returned { value: 0 }, _) => "0".into(),
        (Outcome::Returned { value }, Family::Write) if value.cast_unsigned() >= asked => "all of it".into(),
        (Outcome::Returned { .. }, Family::Write) => "a part of it".into(),
        (Outcome::Returned { value }, _) if value.cast_unsigned() < LONG => value.to_string(),
        _ => "a lot".into(),
    };
    format!("{}({}) → {result}", call.shown(), arguments.join(", "))
}

/// Puts words for what is left of a time: such a number is another in every run. One of two digits and
/// noughts, 60 s or 150 ms, was written by somebody.
fn without_times(call: &Call, line: String) -> String {
    call.arguments.iter().fold(line, |line, value| match value {
        Value::Span { time, .. } if digits(*time) > 2 => line.replace(&span(*time), "a while"),
        _ => line,
    })
}

/// How many digits a time has, without the noughts behind them.
fn digits(time: Duration) -> usize {
    time.as_nanos().to_string().trim_end_matches('0').len()
}

/// How much data goes in, or may come out.
fn amount(value: &Value) -> Option<u64> {
    match value {
        Value::Bytes { length, .. } => Some(*length),
        Value::Number { value } => u64::try_from(*value).ok(),
        Value::List { items } => Some(items.iter().filter_map(amount).sum()),
        Value::Record { .. } => value.field("data").or(value.field("sizes")).and_then(amount),
        _ => None,
    }
}

/// Whether a call is the reader's own printing.
pub(super) fn prints(call: &Call) -> bool {
    let to = call.arguments.first();
    call.family() == Family::Write && matches!(to, Some(Value::Descriptor { number: 1 | 2 }))
}

#[cfg(test)]
mod tests {
    use super::Rounds;

    fn told(lines: &str) -> String {
        let mut rounds = Rounds::default();
        lines.chars().rev().for_each(|line| rounds.preceded_by(line.into()));
        rounds.begin_with_the_first();
        rounds
            .lines()
            .map(|line| {
                line.split([',', ' ']).next().unwrap_or_default().to_owned() + if line.len() > 1 { "*" } else { "" }
            })
            .collect()
    }

    #[test]
    fn what_is_repeated_is_told_once() {
        assert_eq!(told("abcaaaaaa"), "abca*");
        assert_eq!(told("abcbcbcbc"), "abc*");
        assert_eq!(told("xabcabcabcabc"), "xabc*");
        assert_eq!(told("aaaabbbbcd"), "a*b*cd");
    }

    #[test]
    fn a_round_that_is_cut_off_in_its_middle_is_told_from_its_beginning() {
        assert_eq!(told("abcbcbcb"), "abc*");
        assert_eq!(told("xabcabcabcab"), "xabc*");
    }

    #[test]
    fn what_comes_twice_is_told_twice() {
        assert_eq!(told("aabb"), "aabb");
        assert_eq!(told("ababc"), "ababc");
    }
}
