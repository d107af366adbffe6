//! What an observation is made of.

use std::time::Duration;

use crate::calls::{Family, Signature, Value, signature};
use crate::wire::{Wire, from_bytes, wire};
use crate::words::Word;

/// What a subject did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Its threads and processes, in the order in which they began; the first is the subject.
    pub actors: Vec<Actor>,
    /// Its I/O calls, in the order in which they were entered.
    pub calls: Vec<Call>,
    /// Everything that happened, in order.
    pub events: Vec<Event>,
    /// How it ended.
    pub ending: Ending,
    /// Where its threads slept when it was cut off.
    pub stuck: Vec<Stuck>,
    /// Why its calls could not be seen, where they could not.
    pub blind: Option<String>,
    /// How many calls were made past those that are kept.
    pub missed: u64,
    /// The first of what it wrote to standard output and standard error.
    pub output: Vec<u8>,
    /// How much it wrote there in all, in bytes.
    pub output_length: u64,
    /// What the peers of a check saw.
    pub peers: Vec<Seen>,
    /// What the closure returned, in transit.
    pub(crate) returned: Option<Vec<u8>>,
}

wire!(struct Observation { actors, calls, events, ending, stuck, blind, missed, output, output_length, peers, returned });

/// A thread of the subject, or of a process that came from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Its process.
    pub pid: i32,
    /// The thread itself; equal to `pid` for a process's first.
    pub tid: i32,
    /// What it is called: empty for the subject itself.
    pub name: String,
}
wire!(struct Actor { pid, tid, name });

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who made it: a place among the actors.
    pub actor: usize,
    /// The kernel's number of it.
    pub number: i64,
    /// The arguments as they lay in the registers.
    pub raw: Vec<u64>,
    /// The arguments, decoded on the way in.
    pub arguments: Vec<Value>,
    /// What the kernel filled in: the argument's place, and what stood there on the way out.
    pub filled: Vec<(usize, Value)>,
    /// How it came back.
    pub outcome: Outcome,
    /// What the result means, where it means more than success.
    pub result: Option<Value>,
    /// Since the beginning of the observation.
    pub entered: Duration,
    /// Likewise; equal to `entered` for a call that never came back.
    pub left: Duration,
    /// Whether it was seen asleep in the call.
    pub slept: bool,
}
wire!(struct Call { actor, number, raw, arguments, filled, outcome, result, entered, left, slept });

/// How a call came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did not, before the observation ended.
    Unfinished {},
    /// With a value.
    Returned {
        /// The value.
        value: i64,
    },
    /// With an error.
    Failed {
        /// The errno.
        errno: i32,
        /// Whether the observer itself is to blame: it kept a signal from somebody who is none of the
        /// subject's.
        observers: bool,
    },
    /// A signal broke its sleep, and the kernel started it again.
    Restarted {
        /// The kernel's code for how (512 to 516), which no program ever sees.
        code: i32,
    },
}
wire!(enum Outcome { Unfinished {}, Returned { value }, Failed { errno, observers }, Restarted { code } });

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A thread or process began.
    Began {
        /// It.
        actor: usize,
        /// Who started it.
        parent: usize,
    },
    /// A call was entered.
    Entered {
        /// Its place among the calls.
        call: usize,
    },
    /// A call came back.
    Left {
        /// Its place among the calls.
        call: usize,
    },
    /// Something was said.
    Said {
        /// By whom.
        actor: usize,
        /// What.
        word: Word,
    },
    /// A signal was taken.
    Took {
        /// By whom.
        actor: usize,
        /// Its siginfo.
        info: Value,
        /// Whether a handler of the subject's ran for it.
        handled: bool,
    },
    /// A thread or process ended.
    Ended {
        /// It.
        actor: usize,
        /// As wait(2) encodes it.
        status: i32,
    },
    /// A descriptor was used that nobody saw made.
    Met {
        /// By whom.
        actor: usize,
        /// Its number.
        descriptor: i32,
        /// What `/proc` says that it is.
        link: String,
    },
}
wire!(enum Event {
    Began { actor, parent },
    Entered { call },
    Left { call },
    Said { actor, word },
    Took { actor, info, handled },
    Ended { actor, status },
    Met { actor, descriptor, link },
});

/// How a subject ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Its closure returned.
    Returned {},
    /// Its closure panicked.
    Panicked {
        /// The message and the place.
        message: String,
    },
    /// It left by itself, before its closure returned.
    Exited {
        /// The exit code.
        code: i32,
    },
    /// A signal killed it.
    Killed {
        /// The signal.
        signal: i32,
    },
    /// It was still there at the deadline, and was cut off for that.
    Late {},
    /// It used up its processor time, and was cut off.
    Spinning {},
    /// It slept, nothing could wake it any more, and it was cut off.
    Stuck {},
}
wire!(enum Ending { Returned {}, Panicked { message }, Exited { code }, Killed { signal }, Late {}, Spinning {}, Stuck {} });

/// A thread that slept when its subject was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Who.
    pub actor: usize,
    /// The kernel's number of the call.
    pub number: i64,
    /// The call's arguments, as they lie in the registers.
    pub raw: Vec<u64>,
}
wire!(struct Stuck { actor, number, raw });

/// What a check's peer saw of the subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// All that it received, in order.
    pub received: Vec<u8>,
    /// What it was told: the end of the stream, an error, in order.
    pub notes: Vec<String>,
    /// The kernel's number of the call in which it slept at last, where nobody moved any more.
    pub asleep_in: Option<i64>,
    /// Whether it left its part because one of its calls failed.
    pub gave_up: bool,
}
wire!(struct Seen { name, received, notes, asleep_in, gave_up });

impl Observation {
    pub(super) fn new() -> Observation {
        Observation {
            actors: Vec::new(),
            calls: Vec::new(),
            events: Vec::new(),
            ending: Ending::Late {},
            stuck: Vec::new(),
            blind: None,
            missed: 0,
            output: Vec::new(),
            output_length: 0,
            peers: Vec::new(),
            returned: None,
        }
    }

    /// What the closure returned; `None` where it did not, or not a `T`.
    #[must_use]
    pub fn value<T: Wire>(&self) -> Option<T> {
        from_bytes(self.returned.as_ref()?)
    }
}

impl Call {
    pub(crate) fn signature(&self) -> &'static Signature {
        signature(self.number).expect("only calls of the table are recorded")
    }

    /// The kernel's name of the call.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.signature().name
    }

    /// The name that the manual has for the family: `recv` for `recvfrom`.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        self.signature().shown
    }

    /// What the call is for.
    #[must_use]
    pub fn family(&self) -> Family {
        self.signature().family
    }

    /// The value that it returned, where it succeeded.
    #[must_use]
    pub fn returned(&self) -> Option<i64> {
        if let Outcome::Returned { value } = self.outcome { Some(value) } else { None }
    }

    /// The errno, where it failed.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        if let Outcome::Failed { errno, .. } = self.outcome { Some(errno) } else { None }
    }

    /// An argument as the program could see it last: on the way out where the kernel filled it.
    #[must_use]
    pub fn argument(&self, place: usize) -> Option<&Value> {
        let filled = self.filled.iter().find(|(filled, _)| *filled == place).map(|(_, value)| value);
        filled.or_else(|| self.arguments.get(place))
    }
}
