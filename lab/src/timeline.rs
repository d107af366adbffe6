//! A figure of an observation: what the program's own thread does, what the kernel does for it, and what
//! the others do meanwhile.
//!
//! The two phases of UNPv3 chapter 6: a call waits until there is something to copy, then copies. The
//! boundary between them is the act of another that ends the wait. Lengths mean nothing: only the order of
//! causes is drawn, and beside a sleep the bound that the trace proves.

mod svg;
mod text;

use std::time::Duration;

use crate::calls::Family;
use crate::observe::{Call, Event, Observation};
use crate::transcript::Scribe;

pub(crate) use svg::svg;
pub(crate) use text::text;

/// A stretch of the figure, from left to right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// A call begins.
    Call {
        /// Its name.
        name: String,
    },
    /// The thread sleeps in it: phase 1.
    Asleep {
        /// At least so long, where that is known.
        bound: Option<Duration>,
        /// Who did what that the thread slept through; the last of it woke the thread.
        meanwhile: Vec<Act>,
        /// Whether it ever woke.
        woke: bool,
    },
    /// The kernel copies: phase 2.
    Copying {
        /// How many bytes.
        bytes: u64,
    },
    /// The call returns something other than data.
    Returns {
        /// What.
        result: String,
    },
}

/// What somebody else did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) who: String,
    pub(crate) call: String,
}

/// The figure's stretches.
pub(crate) fn stretches(observation: &Observation) -> Vec<Stretch> {
    let scribe = Scribe::of(observation);
    let mut stretches = Vec::new();
    for (at, event) in observation.events.iter().enumerate() {
        let Event::Left { call: place } = event else { continue };
        let call = &observation.calls[*place];
        if call.actor != 0 || !scribe.is_visible(*place) || !waits_or_copies(call) {
            continue;
        }
        stretches.push(Stretch::Call { name: call.shown().to_owned() });
        if call.slept {
            let bound = scribe.slept_at_least(at, *place);
            stretches.push(Stretch::Asleep { bound, meanwhile: meanwhile(&scribe, observation, *place), woke: true });
        }
        match u64::try_from(call.returned().unwrap_or(0)) {
            Ok(bytes @ 1..) if copies(call) => stretches.push(Stretch::Copying { bytes }),
            _ => stretches.push(Stretch::Returns { result: scribe.result_in_short(at, *place) }),
        }
    }
    stretches
}

fn waits_or_copies(call: &Call) -> bool {
    !matches!(call.family(), Family::Make | Family::Close | Family::Control | Family::Duplicate | Family::Start)
}

fn copies(call: &Call) -> bool {
    matches!(call.family(), Family::Read | Family::Write | Family::Transfer)
}

/// What others did while a call slept, as far as a reader sees it.
fn meanwhile(scribe: &Scribe<'_>, observation: &Observation, slept: usize) -> Vec<Act> {
    let inside = observation.events.iter().skip_while(|event| **event != Event::Entered { call: slept });
    let inside = inside.take_while(|event| **event != Event::Left { call: slept });
    let act = |event: &Event| match event {
        Event::Entered { call } if observation.calls[*call].actor != 0 && scribe.is_visible(*call) => {
            let who = scribe.actor(observation.calls[*call].actor);
            Some(Act { who, call: observation.calls[*call].shown().to_owned() })
        }
        _ => None,
    };
    inside.filter_map(act).collect()
}
