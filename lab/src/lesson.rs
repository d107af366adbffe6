//! What a demo may say besides its system calls.
//!
//! A demo is plain system-call code. [`Lesson`] only names, says, hides, asks and observes;
//! it makes no call that a reader would have to look past. Everything that it says travels as
//! a [`Word`] and stands in the trace where it was said.

use std::fmt::Display;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use crate::asleep::asleep;
use crate::kernel::Kernel;
use crate::observe;
use crate::words::{Telling, Word, say};

/// A possible answer to a question, and what to tell a reader who gave it and was wrong.
pub type Choice<'a> = (&'a str, &'a str);

/// The teacher's side of a demo.
#[derive(Debug)]
pub struct Lesson {
    /// The demo's own thread: the one whose sleep a peer waits for.
    thread: i32,
    peers: AtomicUsize,
}

impl Lesson {
    /// A lesson given by the calling thread.
    pub(crate) fn new() -> Lesson {
        say(&Word::Lesson {});
        // SAFETY: gettid has no preconditions.
        Lesson { thread: unsafe { libc::gettid() }, peers: AtomicUsize::new(0) }
    }

    /// Calls a descriptor by a name in everything that is shown from its creation to its close.
    pub fn name(&self, descriptor: &impl AsFd, name: &str) {
        self.name_raw(descriptor.as_fd().as_raw_fd(), name);
    }

    /// [`Lesson::name`] for a number: of a descriptor that another process or the kernel owns.
    pub fn name_raw(&self, descriptor: i32, name: &str) {
        say(&Word::Name { descriptor, name: name.to_owned() });
    }

    /// Puts a sentence between the calls. It must hold in every run.
    pub fn say(&self, sentence: impl Display) {
        say(&Word::Say { sentence: sentence.to_string() });
    }

    /// Runs setup whose calls are not the point: they are left out of the transcript.
    pub fn quietly<T>(&self, setup: impl FnOnce() -> T) -> T {
        say(&Word::Hush {});
        let value = setup();
        say(&Word::Unhush {});
        value
    }

    /// Runs calls that repeat: like calls in a row are told in one line, with the sum of their
    /// bytes. For a loop that moves a known amount in an unknown number of steps.
    pub fn in_sum<T>(&self, calls: impl FnOnce() -> T) -> T {
        gathered(Telling::Total {}, calls)
    }

    /// [`Lesson::in_sum`] where the amount differs from run to run or host to host too, and so
    /// is not told. Say the relation that holds with [`Lesson::seen`].
    pub fn in_short<T>(&self, calls: impl FnOnce() -> T) -> T {
        gathered(Telling::Repetition {}, calls)
    }

    /// Runs a call that moves only a part of what it is given, how much differing from host to host.
    pub fn in_part<T>(&self, call: impl FnOnce() -> T) -> T {
        gathered(Telling::Part {}, call)
    }

    /// Asks what the last call in `calls` will return: a choice is right when it is the result as
    /// the transcript prints it, or `sleeps` where the call slept. Silent in a plain run.
    pub fn predict<T>(&self, question: &str, choices: &[Choice<'_>], calls: impl FnOnce() -> T) -> T {
        say(&asked(question, choices));
        let value = calls();
        say(&Word::Predicted { answer: None });
        value
    }

    /// Asks for something other than a result: the right choice is what `answer` returns, made
    /// from what the kernel did in this run.
    pub fn ask<A: Display>(&self, question: &str, choices: &[Choice<'_>], answer: impl FnOnce() -> A) -> A {
        say(&asked(question, choices));
        let answer = answer();
        say(&Word::Predicted { answer: Some(answer.to_string()) });
        answer
    }

    /// Settles a claim of `book/claims.tsv`: `sentence` is what is true, `fact` whether this run
    /// showed it.
    pub fn observe(&self, claim: &str, sentence: &str, fact: bool) {
        say(&Word::Seen { claim: claim.to_owned(), sentence: sentence.to_owned(), fact });
    }

    /// [`Lesson::observe`] for what no claim speaks of.
    pub fn seen(&self, sentence: &str, fact: bool) {
        self.observe("", sentence, fact);
    }

    /// Goes on only where the kernel has `feature`.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] where it has not: hand it on with `?`, and the demo counts as
    /// skipped, with the reason in words.
    pub fn needs(&self, feature: Kernel) -> io::Result<()> {
        self.quietly(|| feature.probe()).map_err(|reason| {
            say(&Word::Skip { reason: reason.clone() });
            io::Error::new(io::ErrorKind::Unsupported, reason)
        })
    }

    /// Starts a peer: a thread that plays the other side, and runs only while the demo's own
    /// thread sleeps in a call. Its first turn comes when that thread first sleeps, and lasts until
    /// it waits for another with [`Turn::next`], sleeps itself, or ends.
    ///
    /// # Panics
    /// In the peer's thread, with the name of the errno, where `play` returns an error.
    pub fn peer<'scope, T: Send + 'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        name: &str,
        play: impl FnOnce(&Turn) -> io::Result<T> + Send + 'scope,
    ) -> ScopedJoinHandle<'scope, T> {
        let turn = Turn { peer: self.peers.fetch_add(1, Ordering::Relaxed), of: self.thread };
        let name = name.to_owned();
        say(&Word::Coming { peer: turn.peer, name: name.clone() });
        scope.spawn(move || {
            turn.next();
            let value = play(&turn).unwrap_or_else(|error| panic!("the {name}: {error}"));
            say(&Word::Over { peer: turn.peer });
            value
        })
    }
}

fn gathered<T>(telling: Telling, calls: impl FnOnce() -> T) -> T {
    say(&Word::Gather { telling });
    let value = calls();
    say(&Word::Gathered {});
    value
}

fn asked(question: &str, choices: &[Choice<'_>]) -> Word {
    let choices = choices.iter().map(|&(answer, remark)| (answer.to_owned(), remark.to_owned())).collect();
    Word::Predict { question: question.to_owned(), choices }
}

/// A peer's right to act.
#[derive(Debug)]
pub struct Turn {
    peer: usize,
    of: i32,
}

impl Turn {
    /// Ends this turn, and waits until the demo's own thread sleeps in a call.
    pub fn next(&self) {
        // The observer holds this thread in the call below until the turn has come.
        say(&Word::Turn { peer: self.peer });
        if !observe::observed() {
            let pid = process::id().cast_signed();
            while asleep(pid, self.of).is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Does nothing for `time`, so that whoever sleeps meanwhile sleeps at least as long.
    pub fn keep_waiting(&self, time: Duration) {
        say(&Word::Pause { nanoseconds: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX) });
        say(&Word::Hush {});
        std::thread::sleep(time);
        say(&Word::Unhush {});
    }
}
