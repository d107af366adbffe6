//! From events to lines.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::scribe::Scribe;
use super::sum::Sum;
use super::{Line, text};
use crate::calls::{Family, Value, signal_name};
use crate::observe::{Call, Event, Outcome};
use crate::words::Word;

/// Writes an observation's lines, event by event.
pub(super) struct Writer<'a> {
    scribe: &'a Scribe<'a>,
    /// How many lines have been shown already; `usize::MAX` of an observation that is still under way.
    told: usize,
    sums: BTreeMap<usize, Sum>,
    lines: Vec<Line>,
    /// The line that an event of a call's end made.
    line_of: BTreeMap<usize, usize>,
    seen: Vec<Line>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(scribe: &'a Scribe<'a>, told: usize) -> Writer<'a> {
        Writer { scribe, told, sums: BTreeMap::new(), lines: Vec::new(), line_of: BTreeMap::new(), seen: Vec::new() }
    }

    pub(super) fn write(mut self) -> Vec<Line> {
        for (at, event) in self.scribe.observation.events.iter().enumerate() {
            match event {
                Event::Entered { call } if self.scribe.is_visible(*call) => self.entered(at, *call),
                Event::Left { call } if self.scribe.is_visible(*call) => self.left(at, *call),
                Event::Said { actor, word } => self.said(*actor, word),
                Event::Took { actor, info, handled: true } => self.took(at, *actor, info),
                Event::Ended { actor, status } if libc::WIFSIGNALED(*status) => self.ended(*actor, *status),
                _ => {}
            }
        }
        // What is given up at the very end, as the demo returns, is no part of the story.
        let given_up = |line: &mut Line| match line {
            Line::Call { by, call, .. } => by.is_empty() && call.starts_with("close("),
            _ => false,
        };
        while self.lines.len() > self.told && self.lines.pop_if(given_up).is_some() {}
        self.lines.append(&mut self.seen);
        self.lines
    }

    fn entered(&mut self, at: usize, place: usize) {
        let call = &self.scribe.observation.calls[place];
        let split = self.is_split(at, place);
        let unfinished = matches!(call.outcome, Outcome::Unfinished {});
        if self.sums.contains_key(&call.actor) || !(split || unfinished || call.family() == Family::Start) {
            return;
        }
        let result = match call.family() {
            _ if split => "sleeps".into(),
            Family::Start if call.shown() == "exit" => String::new(),
            Family::Start => self.result(at, call),
            // The demo's own thread is here to be told of, so whoever has not returned yet waits for a turn.
            _ if unfinished && self.told == usize::MAX => "sleeps".into(),
            _ => text::result(self.scribe, at, call),
        };
        let (by, text) = (self.scribe.actor(call.actor), text::call(self.scribe, at, call));
        self.lines.push(Line::Call { by, call: text, result });
    }

    /// A process is born where fork is entered: its first call may come before fork returns.
    fn result(&self, at: usize, call: &Call) -> String {
        text::result(self.scribe, at, call)
    }

    fn left(&mut self, at: usize, place: usize) {
        let call = &self.scribe.observation.calls[place];
        if let Some(sum) = self.sums.get_mut(&call.actor) {
            sum.add(
                call,
                &text::call(self.scribe, self.scribe.entered[&place], call),
                &text::result(self.scribe, at, call),
            );
            return;
        }
        if call.family() == Family::Start && !matches!(call.outcome, Outcome::Failed { .. }) {
            return;
        }
        let entered = self.scribe.entered[&place];
        let mut result = text::result(self.scribe, at, call);
        if let Some(bound) = self.scribe.slept_at_least(at, place) {
            let _ = write!(result, ", after ≥ {}", text::span(bound));
        } else if let Some(time) = self.scribe.socket_timeout(place) {
            let _ = write!(result, ", after about {}", text::span(time));
        }
        let text = text::call(self.scribe, entered, call);
        let text = if self.is_split(entered, place) { format!("… {text}") } else { text };
        self.line_of.insert(at, self.lines.len());
        self.lines.push(Line::Call { by: self.scribe.actor(call.actor), call: text, result });
    }

    /// Whether a call slept while others did what a reader sees.
    fn is_split(&self, entered: usize, place: usize) -> bool {
        let call = &self.scribe.observation.calls[place];
        let calls = &self.scribe.observation.calls;
        let by_others = |event: &Event| match event {
            Event::Entered { call: other } => calls[*other].actor != call.actor && self.scribe.is_visible(*other),
            Event::Took { actor, handled: true, .. } => *actor != call.actor,
            Event::Said { actor, word: Word::Say { .. } } => *actor != call.actor,
            _ => false,
        };
        let rest = &self.scribe.observation.events[entered..];
        call.slept && rest.iter().take_while(|event| **event != Event::Left { call: place }).any(by_others)
    }

    fn said(&mut self, actor: usize, word: &Word) {
        match word {
            Word::Say { sentence } => self.lines.push(Line::Say(sentence.clone())),
            Word::Gather { telling } => drop(self.sums.insert(actor, Sum::new(*telling))),
            Word::Gathered {} => {
                let by = self.scribe.actor(actor);
                let rows = self.sums.remove(&actor).into_iter().flat_map(Sum::rows);
                self.lines.extend(rows.map(|(call, result)| Line::Call { by: by.clone(), call, result }));
            }
            Word::Seen { sentence, fact, .. } => self.seen.push(Line::Seen { sentence: sentence.clone(), fact: *fact }),
            Word::Skip { reason } => self.lines.push(Line::Skipped(reason.clone())),
            _ => {}
        }
    }

    /// A signal is taken on the way out of a call, and its handler runs before the program sees the
    /// call's result: so its line stands before the call's, though its event comes after.
    fn took(&mut self, at: usize, actor: usize, info: &Value) {
        let of_actor = |event: &Event| match event {
            Event::Left { call } | Event::Entered { call } => self.scribe.observation.calls[*call].actor == actor,
            Event::Said { actor: other, .. } | Event::Took { actor: other, .. } => *other == actor,
            _ => false,
        };
        let before = self.scribe.observation.events[..at].iter().rposition(of_actor);
        let broken = before.and_then(|before| self.line_of.remove(&before)).map(|line| self.lines.remove(line));
        if let Some(Value::One { value, .. }) = info.field("signo") {
            let told = text::of_a_descriptor(self.scribe, at, actor, info);
            let told = told.map_or_else(String::new, |told| format!(" ({told})"));
            let what = format!("{}{told} arrives; its handler runs", signal_name(*value as i32));
            self.lines.push(Line::Happened { to: self.scribe.actor(actor), what });
        }
        self.lines.extend(broken);
    }

    fn ended(&mut self, actor: usize, status: i32) {
        let who = &self.scribe.observation.actors[actor];
        if who.pid == who.tid && actor != 0 {
            self.lines.push(Line::Happened { to: self.scribe.actor(actor), what: text::ended(status) });
        }
    }
}
