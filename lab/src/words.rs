//! What a subject says to whoever observes it.
//!
//! A word is a call like any other: `write(-1, …)`. The kernel answers EBADF and forgets it,
//! but it stands in the trace, in its true order among the calls around it. So the words need
//! no pipe of their own, no lock and no clock, and with nobody watching they cost one failed
//! call each.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::wire::{Wire, wire};

/// The descriptor that is no descriptor: what is written to it is said to the observer.
pub(crate) const NOBODY: i32 = -1;

/// The longest word that is listened to, in bytes.
pub(crate) const LIMIT: usize = 16 << 20;

/// What every word begins with, so that a subject's own mistaken `write(-1)` is not taken for one.
pub(crate) const MARK: &[u8] = b"\x1eready-or-done\x1e";

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// This descriptor is called so from now on.
    Name {
        /// Its number in the process that speaks.
        descriptor: i32,
        /// What to call it.
        name: String,
    },
    /// A sentence for the transcript.
    Say {
        /// The sentence.
        sentence: String,
    },
    /// From here on this thread's calls are setup that nobody needs to see.
    Hush {},
    /// The end of the setup.
    Unhush {},
    /// From here on like calls are told in one line.
    Gather {
        /// What of them is told.
        telling: Telling,
    },
    /// The end of the gathered calls.
    Gathered {},
    /// A question to the reader; what follows, up to `Predicted`, answers it.
    Predict {
        /// The question.
        question: String,
        /// Each possible answer, and what to tell who gave it.
        choices: Vec<(String, String)>,
    },
    /// The answer is known now.
    Predicted {
        /// The answer, where it is not the result of the last call.
        answer: Option<String>,
    },
    /// Something seen to hold, or not to.
    Seen {
        /// The claim that it settles; empty for none.
        claim: String,
        /// What was seen, as a sentence without its full stop.
        sentence: String,
        /// Whether it was so.
        fact: bool,
    },
    /// This host lacks something, so the rest is left out.
    Skip {
        /// What is missing and how to get it.
        reason: String,
    },
    /// A lesson begins: whoever its thread forks takes turns with it.
    Lesson {},
    /// A peer is about to be started.
    Coming {
        /// Its place among the peers.
        peer: usize,
        /// What to call it.
        name: String,
    },
    /// A peer waits here for its turn.
    Turn {
        /// Its place among the peers.
        peer: usize,
    },
    /// A peer has done all it wanted.
    Over {
        /// Its place among the peers.
        peer: usize,
    },
    /// A peer keeps everybody waiting for so long.
    Pause {
        /// In nanoseconds.
        nanoseconds: u64,
    },
    /// The subject's closure returned.
    Returned {
        /// The value, in `Wire`'s form.
        value: Vec<u8>,
    },
    /// A thread of the subject panicked.
    Panicked {
        /// The message and where it was.
        message: String,
    },
}

/// What is told of calls that are gathered in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// The sum of their bytes, which is the same in every run.
    Total {},
    /// That they were repeated.
    Repetition {},
    /// That each moved only a part of what it was given.
    Part {},
}
wire!(
    enum Telling {
        Total {},
        Repetition {},
        Part {},
    }
);

wire!(enum Word {
    Name { descriptor, name },
    Say { sentence },
    Hush {},
    Unhush {},
    Gather { telling },
    Gathered {},
    Predict { question, choices },
    Predicted { answer },
    Seen { claim, sentence, fact },
    Skip { reason },
    Lesson {},
    Coming { peer, name },
    Turn { peer },
    Over { peer },
    Pause { nanoseconds },
    Returned { value },
    Panicked { message },
});

/// Where words are written: to nobody, or into a pipe where no observer could attach.
static MOUTH: AtomicI32 = AtomicI32::new(NOBODY);

/// Sends all further words into a pipe.
pub(crate) fn speak_into(pipe: i32) {
    MOUTH.store(pipe, Ordering::Relaxed);
}

/// Says `word`.
pub(crate) fn say(word: &Word) {
    let mut bytes = MARK.to_vec();
    word.put(&mut bytes);
    let mouth = MOUTH.load(Ordering::Relaxed);
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        // SAFETY: `rest` is valid for its length.
        let said = unsafe { libc::write(mouth, rest.as_ptr().cast(), rest.len()) };
        match usize::try_from(said) {
            Ok(said) => rest = &rest[said..],
            // Into a pipe, a signal breaks off a word that waits for room.
            Err(_) if mouth != NOBODY && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            // To nobody it fails with EBADF by design. Where the subject closed the pipe, or the observer
            // is gone, nobody is left to be told of that.
            Err(_) => return,
        }
    }
}

/// Whether the first bytes of a write to nobody are those of a word.
pub(crate) fn begins_like_one(bytes: &[u8]) -> bool {
    bytes == MARK
}

/// The word that the bytes of a write to nobody hold.
pub(crate) fn heard(mut bytes: &[u8]) -> Option<Word> {
    next(&mut bytes)
}

/// The next word of those that came over a pipe.
pub(crate) fn next(bytes: &mut &[u8]) -> Option<Word> {
    *bytes = bytes.strip_prefix(MARK)?;
    Word::get(bytes)
}
