//! Who writes of an observation: what everything is called, what came of a call, what its sleep proves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::descriptors::Descriptors;
use super::text;
use super::visible::visible_calls;
use crate::calls::{Family, Set, Value, signal_name};
use crate::observe::{Actor, Call, Event, Observation};
use crate::words::Word;

/// Who writes of an observation: it knows what everything is called, and what a reader need not see.
pub(crate) struct Scribe<'a> {
    pub(super) observation: &'a Observation,
    descriptors: Descriptors,
    visible: BTreeSet<usize>,
    /// By call: the event of its entry.
    pub(super) entered: BTreeMap<usize, usize>,
}

impl<'a> Scribe<'a> {
    pub(crate) fn of(observation: &'a Observation) -> Scribe<'a> {
        let events = observation.events.iter().enumerate();
        let entered =
            events.filter_map(|(at, event)| if let Event::Entered { call } = event { Some((*call, at)) } else { None });
        Scribe {
            observation,
            descriptors: Descriptors::of(observation),
            visible: visible_calls(observation),
            entered: entered.collect(),
        }
    }

    /// Whether a reader is to see a call.
    pub(crate) fn is_visible(&self, call: usize) -> bool {
        self.visible.contains(&call)
    }

    /// A call as it was entered: `read(server, 16)`.
    pub(crate) fn call(&self, call: usize) -> String {
        text::call(self, self.entered[&call], &self.observation.calls[call])
    }

    /// A call and what came of it, which event `left` tells: `read(server, 16) → "hello"`.
    pub(crate) fn told(&self, left: usize, call: usize) -> String {
        format!("{} → {}", self.call(call), self.result(left, call))
    }

    /// What came of a call, which event `left` tells.
    pub(crate) fn result(&self, left: usize, call: usize) -> String {
        text::result(self, left, &self.observation.calls[call])
    }

    /// The same for a figure, where room is scarce: of a descriptor's signal only which, and whose.
    pub(crate) fn result_in_short(&self, left: usize, call: usize) -> String {
        let call = &self.observation.calls[call];
        let descriptor = call.filled.iter().find_map(|(_, info)| info.field("band").and(info.field("fd")));
        match (&call.result, descriptor) {
            (Some(Value::One { set: Set::Signal, value }), Some(Value::Descriptor { number })) => {
                format!("{}: {}", signal_name(*value as i32), self.descriptor(left, call.actor, *number))
            }
            _ => text::result(self, left, call),
        }
    }

    /// How long a call slept at least, where the trace itself proves a bound.
    pub(crate) fn slept_at_least(&self, left: usize, call: usize) -> Option<Duration> {
        let (entered, call) = (self.entered[&call], &self.observation.calls[call]);
        let timed_out = match call.family() {
            Family::Ready if call.returned() == Some(0) => own_timeout(call),
            Family::SignalWait | Family::Read | Family::Write | Family::Accept
                if call.errno() == Some(libc::EAGAIN) =>
            {
                own_timeout(call)
            }
            _ => None,
        };
        let pause = |event: &Event| match event {
            Event::Said { actor, word: Word::Pause { nanoseconds } } if *actor != call.actor => {
                Some(Duration::from_nanos(*nanoseconds))
            }
            _ => None,
        };
        let paused: Duration = self.observation.events[entered..left].iter().filter_map(pause).sum();
        Some(timed_out.unwrap_or_default().max(if call.slept { paused } else { Duration::ZERO }))
            .filter(|bound| !bound.is_zero())
    }

    /// The SO_RCVTIMEO or SO_SNDTIMEO that the socket had last, where the call gave up for it. That is no bound: it is
    /// counted in ticks (sk_rcvtimeo, in jiffies), and where one comes late the time may end a little early.
    pub(super) fn socket_timeout(&self, call: usize) -> Option<Duration> {
        let (entered, call) = (self.entered[&call], &self.observation.calls[call]);
        let sleeps = matches!(call.family(), Family::Read | Family::Write | Family::Accept);
        if !sleeps || call.errno() != Some(libc::EAGAIN) {
            return None;
        }
        let option = if call.family() == Family::Write { libc::SO_SNDTIMEO } else { libc::SO_RCVTIMEO };
        let wanted = Value::One { set: Set::SocketOption, value: option.into() };
        let before = self.observation.events[..entered].iter().rev();
        let mut set = before.filter_map(|event| match event {
            Event::Left { call: other } => {
                let other = &self.observation.calls[*other];
                let same = other.shown() == "setsockopt" && other.arguments.first() == call.arguments.first();
                (same && other.arguments[2] == wanted).then(|| other.arguments[3].clone())
            }
            _ => None,
        });
        if let Some(Value::Span { time, .. }) = set.next() { Some(time) } else { None }
    }

    pub(crate) fn descriptor(&self, at: usize, actor: usize, number: i32) -> String {
        self.descriptors.name(at, self.observation.actors[actor].pid, number)
    }

    pub(super) fn member(&self, actor: usize, epoll: i32, data: i64) -> Option<i32> {
        self.descriptors.member(self.observation.actors[actor].pid, epoll, data)
    }

    /// What a process or thread is called by `actor`.
    pub(super) fn process(&self, actor: usize, pid: i64) -> String {
        let actors = &self.observation.actors;
        let own = &actors[actor];
        match actors.iter().rposition(|other| i64::from(other.tid) == pid) {
            Some(_) if pid == i64::from(own.tid) => "itself".into(),
            Some(0) => "the demo".into(),
            Some(found) => self.actor(found),
            // In a test the subject is a thread of its process, and not the first.
            None if pid == i64::from(own.pid) => "itself".into(),
            None => pid.to_string(),
        }
    }

    /// What a thread or process is called; empty for the demo's own.
    pub(crate) fn actor(&self, actor: usize) -> String {
        let actors = &self.observation.actors;
        let who = &actors[actor];
        if actor == 0 || !who.name.is_empty() {
            return who.name.clone();
        }
        let is_process = who.pid == who.tid;
        let alike = |other: &Actor| other.name.is_empty() && (other.pid == other.tid) == is_process;
        let before = (1..actor).filter(|&other| alike(&actors[other]) && !self.is_unseen(other)).count();
        let kind = if is_process { "child" } else { "thread" };
        if before == 0 { kind.into() } else { format!("{kind} {}", before + 1) }
    }

    /// Whether a thread or process came and went within a hidden setup.
    fn is_unseen(&self, actor: usize) -> bool {
        let mut hushed = 0;
        let parent = self.observation.events.iter().find_map(|event| match event {
            Event::Began { actor: born, parent } if *born == actor => Some(*parent),
            _ => None,
        });
        for event in &self.observation.events {
            match event {
                Event::Said { actor: who, word: Word::Hush {} } if Some(*who) == parent => hushed += 1,
                Event::Said { actor: who, word: Word::Unhush {} } if Some(*who) == parent => hushed -= 1,
                Event::Began { actor: born, .. } if *born == actor => break,
                _ => {}
            }
        }
        hushed > 0 && !self.visible.iter().any(|&call| self.observation.calls[call].actor == actor)
    }
}

/// The timeout among a call's own arguments.
fn own_timeout(call: &Call) -> Option<Duration> {
    call.arguments.iter().find_map(|argument| if let Value::Span { time, .. } = argument { Some(*time) } else { None })
}

/// What the last call of the demo's own thread before an event came to, in the words of a transcript;
/// and whether it slept.
pub(crate) fn last_result(observation: &Observation, before: usize) -> Option<(String, bool)> {
    let scribe = Scribe::of(observation);
    let (at, call) = observation.events[..before].iter().enumerate().rev().find_map(|(at, event)| match event {
        Event::Left { call } if observation.calls[*call].actor == 0 && scribe.is_visible(*call) => {
            Some((at, &observation.calls[*call]))
        }
        _ => None,
    })?;
    Some((text::result(&scribe, at, call), call.slept))
}
