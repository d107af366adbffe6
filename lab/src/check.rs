//! Judging an exercise by what it did.
//!
//! A check makes a [`Scene`]: descriptors, of which the reader's code gets its ends, and peers that play
//! the other ends. [`Scene::run`] runs the code under observation. What comes back is a [`Run`] to ask
//! questions of, or a [`Diagnosis`]: stuck, spinning, panicked, not written yet. So a check reads as a
//! list of demands, each with the sentence that a reader is told who does not meet it.

mod acts;
mod answers;
mod aside;
mod diagnosis;
mod each;
mod ends;
mod heap;
mod json;
mod peer;
mod report;
mod rest;
mod rights;
mod run;
mod scene;
mod signals;
mod stuck;
mod time;
mod told;

pub use crate::observe::Seen;
pub use answers::{accepted, nothing_is_left_out, rejected};
pub use aside::{
    Lent, call_it, has_default_action, is_blocked, left_in, low_water_mark, quietly, receive_timeout, status_flags,
};
pub use diagnosis::{Diagnosis, Fact, Kind};
pub use each::{Demand, each_of};
pub use ends::{Ours, Theirs};
pub use heap::{InterruptedHeap, interrupt_the_heap};
pub use peer::{Gone, Peer};
pub use report::{Shown, judge, report};
pub use run::{Finished, Run};
pub use scene::Scene;
pub use signals::{add_flags, arm, block, close_the_queue, leave_pending, take_signal};
pub use stuck::Reason;

/// What a check comes to: nothing to say against the answer, or what is wrong with it.
pub type Verdict = Result<(), Diagnosis>;
