//! A run of the reader's code, and what a check asks of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, Range};
use std::time::Duration;

use super::diagnosis::{Diagnosis, Kind};
use super::told;
use crate::calls::{Family, Set, Value};
use crate::observe::{Call, Event, Observation, Outcome, Seen};
use crate::transcript::Scribe;
use crate::wire::Wire;

/// From how many on it counts as spinning to ask again at once, where nothing came of it.
const ASKED_IN_VAIN: usize = 8;

/// What lasts so long may have slept, seen or not.
const AT_ONCE: Duration = Duration::from_millis(1);

/// How much of the code's own printing a diagnosis tells of.
const LINES_TOLD: usize = 12;
const LINE_TOLD: usize = 100;

/// A run that came to its end, with what the code returned. All else a [`Run`] is asked, which does not depend on that
/// type: so it is compiled once, and not again for each scene of each check.
#[derive(Debug)]
pub struct Finished<T> {
    run: Run,
    value: T,
}

impl<T: Wire> Finished<T> {
    /// # Panics
    /// Where the code has not returned.
    pub(super) fn of(run: Run) -> Finished<T> {
        let value = run.observation.value().expect("code that came to its end has returned");
        Finished { run, value }
    }

    /// What the code returned.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for Finished<T> {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

/// What the reader's code did.
#[derive(Debug)]
pub struct Run {
    pub(super) observation: Observation,
    /// What was played.
    pub(super) scene: &'static str,
    /// The calls that are the reader's own: not those of the check, nor of the C library.
    own: BTreeSet<usize>,
}

impl Run {
    pub(super) fn new(observation: Observation, scene: &'static str) -> Run {
        let scribe = Scribe::of(&observation);
        let own = (0..observation.calls.len()).filter(|&call| scribe.is_visible(call)).collect();
        Run { observation, scene, own }
    }

    /// Every I/O call of the code, in order; without the check's own.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.own.iter().map(|&call| &self.observation.calls[call])
    }

    /// The calls of a family: `read`, `recv` and `readv` alike.
    pub fn calls_of(&self, family: Family) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls().filter(move |call| call.family() == family)
    }

    /// Whether the code made a call of this family.
    #[must_use]
    pub fn called(&self, family: Family) -> bool {
        self.calls_of(family).next().is_some()
    }

    /// Whether the code was seen asleep in a call of this family. A short sleep may pass unseen.
    #[must_use]
    pub fn slept_in(&self, family: Family) -> bool {
        self.calls_of(family).any(|call| call.slept)
    }

    /// Whether one of the code's threads slept in a call of this family when it was cut off.
    #[must_use]
    pub fn sleeps_in(&self, family: Family) -> bool {
        self.observation
            .stuck
            .iter()
            .any(|stuck| crate::calls::signature(stuck.number).is_some_and(|call| call.family == family))
    }

    /// Whether the code asked again and again, at once, where nothing came of it: EAGAIN, a wait that may
    /// not sleep and finds nothing, a look with MSG_PEEK, the end of a stream.
    #[must_use]
    pub fn kept_asking(&self) -> bool {
        let mut in_vain = 0;
        self.calls().any(|call| {
            in_vain = if took_nothing(call) { in_vain + 1 } else { 0 };
            in_vain >= ASKED_IN_VAIN
        })
    }

    /// Whether a call of this family came back with this errno.
    #[must_use]
    pub fn met(&self, family: Family, errno: i32) -> bool {
        self.calls_of(family).any(|call| call.errno() == Some(errno))
    }

    /// Whether the code itself closed the descriptor that it was lent by this name.
    #[must_use]
    pub fn closed(&self, lent: &str) -> bool {
        let named = |event: &Event| match event {
            Event::Said { word: crate::Word::Name { descriptor, name }, .. } if name == lent => Some(*descriptor),
            _ => None,
        };
        let number = self.observation.events.iter().find_map(named);
        let number = number.map(|number| Value::Descriptor { number });
        number.is_some() && self.calls_of(Family::Close).any(|call| call.arguments.first() == number.as_ref())
    }

    /// What a peer saw.
    ///
    /// # Panics
    /// Where no peer has this name.
    #[must_use]
    pub fn seen_by(&self, peer: &str) -> &Seen {
        let seen = self.observation.peers.iter().find(|seen| seen.name == peer);
        seen.unwrap_or_else(|| panic!("no peer is called {peer}"))
    }

    /// The names of the descriptors that the code made or was given and left open.
    #[must_use]
    pub fn left_open(&self) -> Vec<String> {
        let scribe = Scribe::of(&self.observation);
        let mut open: BTreeMap<i32, String> = BTreeMap::new();
        for (at, event) in self.observation.events.iter().enumerate() {
            match event {
                Event::Said { word: crate::Word::Name { descriptor, name }, .. } => {
                    drop(open.insert(*descriptor, name.clone()));
                }
                Event::Left { call } => {
                    let call = &self.observation.calls[*call];
                    for made in made_by(call) {
                        open.insert(made, scribe.descriptor(at, call.actor, made));
                    }
                    if let (Family::Close, Some(Value::Descriptor { number })) = (call.family(), call.arguments.first())
                    {
                        open.remove(number);
                    }
                }
                _ => {}
            }
        }
        open.into_values().collect()
    }

    /// Demands something of the answer: where it is not so, `sentence` says what is, and `hint` which
    /// hint helps.
    ///
    /// # Errors
    /// The diagnosis, with the last calls as its facts.
    pub fn demand(&self, met: bool, sentence: impl Into<String>, hint: usize) -> Result<(), Diagnosis> {
        if met {
            return Ok(());
        }
        Err(self.wrong(sentence, hint, 0..self.observation.events.len()))
    }

    /// Demands that the code never sleeps by the clock. Of the calls it tells those up to the first nap: how many more
    /// there are depends on how busy the machine is.
    ///
    /// # Errors
    /// See [`Run::demand`].
    pub fn demand_no_nap(&self, sentence: &str, hint: usize) -> Result<(), Diagnosis> {
        let nap = self.observation.events.iter().position(
            |event| matches!(event, Event::Left { call } if self.own.contains(call) && self.observation.calls[*call].family() == Family::Sleep),
        );
        nap.map_or(Ok(()), |nap| Err(self.wrong(sentence, hint, 0..nap + 1)))
    }

    /// [`Run::demand`], where the code gave up for an error: of the calls it tells those from the one on that met it, as
    /// what came before may differ from run to run.
    ///
    /// # Errors
    /// See [`Run::demand`].
    pub fn demand_past_errors(&self, met: bool, sentence: &str, hint: usize) -> Result<(), Diagnosis> {
        if met {
            return Ok(());
        }
        let is_error = |call: &Call| call.errno().is_some_and(|errno| errno != libc::EAGAIN);
        let error = self.observation.events.iter().rposition(
            |event| matches!(event, Event::Left { call } if self.own.contains(call) && is_error(&self.observation.calls[*call])),
        );
        Err(self.wrong(sentence, hint, error.unwrap_or_default()..self.observation.events.len()))
    }

    fn wrong(&self, sentence: impl Into<String>, hint: usize, events: Range<usize>) -> Diagnosis {
        let diagnosis = self.with_scene(Diagnosis::new(Kind::Wrong {}, sentence).hint(hint));
        self.with_output(self.with_calls(diagnosis, "your calls", events))
    }

    /// Adds the first of what the reader's code printed.
    pub(super) fn with_output(&self, diagnosis: Diagnosis) -> Diagnosis {
        let printed = String::from_utf8_lossy(&self.observation.output);
        let mut lines: Vec<String> = printed.lines().map(|line| line.chars().take(LINE_TOLD).collect()).collect();
        if lines.len() > LINES_TOLD {
            lines.truncate(LINES_TOLD);
            lines.push("…".into());
        }
        if lines.is_empty() { diagnosis } else { diagnosis.with("it printed", lines.join("\n")) }
    }

    /// Adds the last calls among these events to a diagnosis.
    pub(super) fn with_calls(&self, diagnosis: Diagnosis, label: &str, events: Range<usize>) -> Diagnosis {
        let told = told::last_calls(&self.observation, events);
        if told.is_empty() { diagnosis } else { diagnosis.with(label, told.join("\n")) }
    }

    /// Adds what was played to a diagnosis.
    pub(super) fn with_scene(&self, diagnosis: Diagnosis) -> Diagnosis {
        if self.scene.is_empty() { diagnosis } else { diagnosis.with("the scene", self.scene) }
    }
}

/// Whether a call came back at once and had taken nothing.
fn took_nothing(call: &Call) -> bool {
    let looks = call
        .arguments
        .iter()
        .any(|value| matches!(value, Value::Flags { set: Set::Message, bits } if bits & libc::MSG_PEEK as u64 != 0));
    let transfers = matches!(call.family(), Family::Read | Family::Write | Family::Transfer | Family::Accept);
    match call.outcome {
        _ if call.slept || call.left - call.entered >= AT_ONCE => false,
        Outcome::Failed { errno: libc::EAGAIN, .. } => true,
        Outcome::Returned { value: 0 } => transfers || call.family() == Family::Ready,
        Outcome::Returned { .. } => looks,
        _ => false,
    }
}

/// The descriptors that a call made.
fn made_by(call: &Call) -> Vec<i32> {
    match &call.result {
        Some(Value::Descriptor { number }) => vec![*number],
        _ if matches!(call.family(), Family::Make | Family::Read) => {
            call.filled.iter().flat_map(|(_, value)| crate::transcript::descriptors_in(value)).collect()
        }
        _ => Vec::new(),
    }
}
