//! Runs a piece of code in a process of its own and returns what it did.
//!
//! The process that observes starts its own executable again; the child walks to the same
//! [`observe`], waits there in a handshake until every thread of it is attached to, installs a seccomp
//! filter that stops only at I/O calls, and runs the closure. So what is around the closure (the test
//! framework, the runtime's start) is not in the trace, and what the closure does cannot hurt the observer.
//! ptrace(2), seccomp(2); the price of an observed call is two stops.

mod blind;
mod cast;
mod filter;
mod guard;
mod masks;
mod output;
mod past;
mod processor;
pub(crate) mod ptrace;
mod record;
mod registers;
mod room;
mod start;
mod stillness;
mod subject;
mod tcp;
mod tracer;
mod watch;

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::process::Command;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

pub use filter::unobserved;
pub use record::{Actor, Call, Ending, Event, Observation, Outcome, Seen, Stuck};
pub(crate) use subject::observed;

use crate::wire::{Wire, to_bytes};
use crate::words::Word;
use past::Past;
use subject::Role;

thread_local! {
    /// The observations that this thread has made, in order: a subject skips those before its own.
    static MADE: RefCell<Vec<Observation>> = const { RefCell::new(Vec::new()) };
}

/// Shared by those who are starting a child, from the fork until its own code runs. So long it may hold every
/// descriptor that its parent had: exec lets go of them, but tells its parent first.
static STARTING: RwLock<()> = RwLock::new(());

/// Closes something for good: no child that is just being started holds a copy of it.
pub(crate) fn while_none_starts(close: impl FnOnce()) {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    close();
}

/// Who hears every word as it is said, with all that was observed before it. The thread that said it
/// waits meanwhile.
pub(crate) type Listener<'a> = dyn FnMut(&Observation, &Word) + Send + 'a;

/// Who is told of a subject that is about to begin: its process, its thread, and whether its calls will be
/// seen and its words heard.
pub(crate) type Begun<'a> = dyn FnMut(i32, i32, bool) + Send + 'a;

/// How an observation is to be made, and who has a part in it.
pub(crate) struct Orders<'a> {
    /// Which observation of the calling thread's it is.
    pub(crate) place: usize,
    /// How long the closure may take.
    pub(crate) deadline: Duration,
    /// Tells when somebody outside, who had waited for the subject, last went on: then its time begins anew.
    pub(crate) resumed: Option<Box<dyn Fn() -> Option<Instant> + Send + Sync + 'a>>,
    /// How much processor time it may use from one sleep to the next.
    pub(crate) processor: Option<Duration>,
    /// Descriptors that it is given, by these numbers.
    pub(crate) handed_down: Vec<RawFd>,
    /// Tells whether nobody outside will act any more; without it, no subject counts as stuck.
    pub(crate) quiet: Option<Box<dyn Fn() -> bool + Send + Sync + 'a>>,
    /// Called when it is about to begin.
    pub(crate) begun: Box<Begun<'a>>,
    /// Called when it has ended; returns what was seen of it from outside.
    pub(crate) ended: Box<dyn FnMut() -> Vec<Seen> + Send + 'a>,
    /// Hears every word as it is said.
    pub(crate) listener: Box<Listener<'a>>,
}

impl Orders<'_> {
    /// Nothing but a deadline.
    pub(crate) fn until(deadline: Duration) -> Orders<'static> {
        Orders {
            place: 0,
            deadline,
            resumed: None,
            processor: None,
            handed_down: Vec::new(),
            quiet: None,
            begun: Box::new(|_, _, _| {}),
            ended: Box::new(Vec::new),
            listener: Box::new(|_, _| {}),
        }
    }
}

/// Runs `subject` in a process of its own, for at most `deadline` from its first call on, and returns what
/// it did.
///
/// To be called from a test's own thread: the child finds its way back by the thread's name. The code
/// before it in the test runs in the child too; what follows, in the observer alone. A test may
/// observe several times.
///
/// # Panics
/// Where no child can be started, or the test's name cannot be told; and inside a subject.
pub fn observe<T: Wire>(deadline: Duration, subject: impl FnOnce() -> T) -> Observation {
    observe_with(Orders::until(deadline), Box::new(|| to_bytes(&subject())))
}

/// What a subject does, and the bytes of what that returned.
pub(crate) type Subject<'a> = dyn FnOnce() -> Vec<u8> + 'a;

/// [`observe`] with more to say about it.
pub(crate) fn observe_with(mut orders: Orders<'_>, subject: Box<Subject<'_>>) -> Observation {
    assert!(!subject::performing(), "an observation was begun inside a subject, where no other can be");
    orders.place = MADE.with_borrow(Vec::len);
    if let Some(role) = Role::of_this_process() {
        if orders.place == role.place {
            subject::perform(role, subject);
        }
        let past = role.past.and_then(past::read).and_then(|past| past.into_iter().nth(orders.place));
        let past = past.expect("an observer hands on all observations before the one it makes");
        MADE.with_borrow_mut(|made| made.push(past.clone()));
        return past;
    }
    let past = MADE.with_borrow(|made| (!made.is_empty()).then(|| Past::of(made))).transpose();
    let past = past.expect("a file in memory can be made");
    let observation = start::start(&mut same_test(), past.as_ref().map(AsRawFd::as_raw_fd), &mut orders)
        .unwrap_or_else(|error| panic!("the subject could not be started: {error}"));
    MADE.with_borrow_mut(|made| made.push(observation.clone()));
    observation
}

/// The command that runs the calling test alone.
fn same_test() -> Command {
    let thread = std::thread::current();
    let name = thread.name().filter(|name| *name != "main");
    let name = name.expect("observe is called from a test's own thread, whose name is the test's");
    let mut command = Command::new("/proc/self/exe");
    command.args(["--exact", name, "--nocapture", "--include-ignored"]);
    command
}

/// Runs this program once more with the same arguments, as the subject of [`perform`].
pub(crate) fn observe_program(arguments: &[&str], mut orders: Orders<'_>) -> io::Result<Observation> {
    start::start(Command::new("/proc/self/exe").args(arguments), None, &mut orders)
}

/// Where this process was started by [`observe_program`]: runs `subject` and never returns.
pub(crate) fn perform<T: Wire>(subject: impl FnOnce() -> T) {
    if let Some(role) = Role::of_this_process() {
        subject::perform(role, Box::new(|| to_bytes(&subject())));
    }
}

/// Whether this process was started to be observed.
pub(crate) fn is_subject() -> bool {
    Role::of_this_process().is_some()
}

/// The descriptors that this subject was given.
pub(crate) fn handed_down() -> Vec<RawFd> {
    Role::of_this_process().map(|role| role.handed_down.clone()).unwrap_or_default()
}
