//! The kernel's own names and numbers, in the notation that strace(1) made familiar.

use crate::calls::Value;
use crate::observe::{Call, Event, Observation, Outcome};
use crate::words::Word;

/// Every call of the table in the order in which they came back, and what was said between. A call that
/// never came back stands where its thread ended.
pub(super) fn lines(observation: &Observation) -> Vec<String> {
    let mut lines = Vec::new();
    let unfinished = |call: &&Call| matches!(call.outcome, Outcome::Unfinished {});
    let mut pending: Vec<&Call> = observation.calls.iter().filter(unfinished).collect();
    for event in &observation.events {
        match event {
            Event::Left { call } => lines.push(line(observation, &observation.calls[*call])),
            Event::Ended { actor, .. } => {
                let ended = pending.extract_if(.., |call| call.actor == *actor);
                lines.extend(ended.map(|call| line(observation, call)));
            }
            Event::Said { word: Word::Say { sentence }, .. } => lines.push(format!("  # {sentence}")),
            Event::Took { actor, info, .. } => lines.push(format!("  [{actor}] --- {} ---", value(info))),
            _ => {}
        }
    }
    lines.extend(pending.into_iter().map(|call| line(observation, call)));
    lines
}

fn line(observation: &Observation, call: &Call) -> String {
    let who = if observation.actors.len() > 1 { format!("[{}] ", call.actor) } else { String::new() };
    format!("  {who}{}", self::call(call))
}

/// `recvfrom(4, "hello", 16, 0, NULL, NULL) = 5`.
pub(crate) fn call(call: &Call) -> String {
    let written = (0..call.arguments.len()).map(|place| argument(call, place));
    let written = written.collect::<Vec<_>>().join(", ");
    let out = out_of_poll(call);
    let result = match call.outcome {
        Outcome::Unfinished {} => "?".to_owned(),
        Outcome::Failed { errno, .. } => format!("-1 {}", crate::calls::errno_name(errno)),
        Outcome::Restarted { code } => format!("? {}", restart_name(code)),
        Outcome::Returned { value } => value.to_string(),
    };
    format!("{}({written}) = {result}{out}", call.name())
}

/// What a call asks of the kernel's restart machinery (linux/errno.h).
fn restart_name(code: i32) -> &'static str {
    match code {
        512 => "ERESTARTSYS",
        513 => "ERESTARTNOINTR",
        514 => "ERESTARTNOHAND",
        _ => "ERESTART_RESTARTBLOCK",
    }
}

fn argument(call: &Call, place: usize) -> String {
    let is_poll = call.name().ends_with("poll") || call.name().contains("select");
    let shown = if is_poll { call.arguments.get(place) } else { call.argument(place) };
    shown.map(value).unwrap_or_default()
}

/// poll and select fill in what they were given, so what came out stands behind the result.
fn out_of_poll(call: &Call) -> String {
    let is_poll = call.name().ends_with("poll") || call.name().contains("select");
    if !is_poll || call.returned().unwrap_or(0) == 0 {
        return String::new();
    }
    let filled: Vec<_> = call.filled.iter().map(|(_, filled)| value(filled)).collect();
    format!(" ({})", filled.join(", "))
}

fn value(of: &Value) -> String {
    match of {
        Value::Descriptor { number } => number.to_string(),
        Value::Number { value } | Value::Process { pid: value } => value.to_string(),
        Value::One { value, .. } => format!("{value:#x}"),
        Value::Pointer { address } => format!("{address:#x}"),
        Value::Null {} | Value::Forever { number: false } => "NULL".into(),
        Value::Forever { number: true } => "-1".into(),
        Value::Flags { bits: 0, .. } => "0".into(),
        Value::Flags { bits, .. } => format!("{bits:#x}"),
        Value::Bytes { head, length } => {
            let cut = if head.len() as u64 == *length { "" } else { "..." };
            format!("\"{}\"{cut}", head.escape_ascii())
        }
        Value::Text { text } => format!("\"{}\"", text.escape_default()),
        Value::Internet { host, port } => format!("{{{host}:{port}}}"),
        Value::Span { raw: (whole, 0), .. } => format!("{{{whole}, 0}}"),
        Value::Span { raw: (whole, part), .. } => format!("{{{whole}, {part}}}"),
        Value::Signals { bits } => format!("{{{bits:#x}}}"),
        Value::Status { status } => format!("{{{status:#x}}}"),
        Value::List { items } => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Record { fields } => {
            let fields = fields.iter().map(|(name, field)| format!("{name}={}", value(field)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}
