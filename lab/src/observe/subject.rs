//! The subject's side: it waits to be attached to, installs the filter, and runs the closure.

use std::any::Any;
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::panic::{self, AssertUnwindSafe};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{mem, process, ptr};

use super::{Subject, filter};
use crate::wire::{to_bytes, wire};
use crate::words::{self, Word};

/// The variable that tells a process that it is to be a subject.
pub(super) const VARIABLE: &str = "READY_OR_DONE_SUBJECT";

/// What a subject says when it is ready to be attached to.
pub(super) struct Ready {
    /// The thread that will run the closure.
    pub(super) tid: i32,
    /// Why it can install no filter, if it cannot.
    pub(super) unfiltered: Option<String>,
}
wire!(struct Ready { tid, unfiltered });

/// Stands in the output where the closure begins.
pub(super) const BEGINNING: &[u8] = b"\x1eready-or-done begins\x1e\n";

/// The observer's answer: it is attached.
pub(super) const ATTACHED: u8 = b'a';
/// The observer's answer: it could not attach, so nobody watches.
pub(super) const UNWATCHED: u8 = b'u';

/// The exit code of a subject whose closure panicked; the test framework's own.
pub(super) const PANICKED: i32 = 101;

static OBSERVED: AtomicBool = AtomicBool::new(false);
static PERFORMING: AtomicBool = AtomicBool::new(false);

/// Whether the closure runs here: no other can be observed from inside it.
pub(super) fn performing() -> bool {
    PERFORMING.load(Ordering::Relaxed)
}

/// Whether this process is a subject, and its observer sees its calls.
pub(crate) fn observed() -> bool {
    OBSERVED.load(Ordering::Relaxed)
}

/// What the variable says: which observation this process is the subject of, and the descriptors
/// that it has from its observer.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) place: usize,
    /// The observer's process, and how many subjects it started before: together, nobody else's.
    pub(super) observer: i32,
    pub(super) serial: i32,
    /// Where to say that it is ready, and where to hear that it may begin.
    pub(super) ready: RawFd,
    pub(super) go: RawFd,
    /// The observations before this one.
    pub(super) past: Option<RawFd>,
    /// What the code under observation is given.
    pub(super) handed_down: Vec<RawFd>,
}

impl Role {
    /// The role of this process; `None` for a plain one.
    pub(super) fn of_this_process() -> Option<&'static Role> {
        static ROLE: OnceLock<Option<Role>> = OnceLock::new();
        ROLE.get_or_init(|| Role::read(&std::env::var(VARIABLE).ok()?)).as_ref()
    }

    fn read(value: &str) -> Option<Role> {
        let numbers: Vec<i32> = value.split(',').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let [place, observer, serial, ready, go, past, handed_down @ ..] = &numbers[..] else { return None };
        let (place, past) = (usize::try_from(*place).ok()?, Some(*past).filter(|past| *past >= 0));
        Some(Role {
            place,
            observer: *observer,
            serial: *serial,
            ready: *ready,
            go: *go,
            past,
            handed_down: handed_down.to_vec(),
        })
    }

    /// All descriptors that have to survive the exec.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        [self.ready, self.go].into_iter().chain(self.past).chain(self.handed_down.iter().copied())
    }
}

/// As the variable has it.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},", self.place, self.observer, self.serial)?;
        write!(f, "{},{},{}", self.ready, self.go, self.past.unwrap_or(-1))?;
        self.handed_down.iter().try_for_each(|number| write!(f, ",{number}"))
    }
}

/// Becomes the subject. Never returns.
pub(super) fn perform(role: &Role, subject: Box<Subject<'_>>) -> ! {
    // SAFETY: the observer opened these two for this process, and nobody else here uses them.
    let (mut ready, mut go) = unsafe { (File::from_raw_fd(role.ready), File::from_raw_fd(role.go)) };
    // SAFETY: gettid has no preconditions.
    let tid = unsafe { libc::gettid() };
    let unfiltered = filter::available().err().map(|error| error.to_string());
    let mut answer = [0];
    let handshake = ready.write_all(&to_bytes(&Ready { tid, unfiltered })).and_then(|()| go.read_exact(&mut answer));
    if handshake.is_err() {
        // The observer is gone, so nobody wants the answer.
        process::exit(1);
    }
    drop(go);
    // SAFETY: the observer opened this for this process, which has read it by now.
    drop(role.past.map(|past| unsafe { OwnedFd::from_raw_fd(past) }));
    // A program that the closure starts is no subject.
    // SAFETY: the test framework's own thread waits for this one, so nobody else reads the environment.
    unsafe { std::env::remove_var(VARIABLE) };
    let watched = answer[0] == ATTACHED;
    OBSERVED.store(watched, Ordering::Relaxed);
    PERFORMING.store(true, Ordering::Relaxed);
    panic::set_hook(Box::new(|panic| words::say(&Word::Panicked { message: panic.to_string() })));
    begin_output();
    if watched {
        drop(ready);
        clear_signal_mask();
        filter::install().expect("the kernel said that it takes such a filter");
    } else {
        speak_alone(ready);
        clear_signal_mask();
    }
    let code = match panic::catch_unwind(AssertUnwindSafe(|| returned(subject()))) {
        Ok(word) => {
            words::say(&word);
            0
        }
        Err(panic) => {
            // The hook has said more; where the closure has one of its own, this is all.
            words::say(&Word::Panicked { message: payload(&*panic) });
            PANICKED
        }
    };
    // Not process::exit: no destructor and no exit handler of the test framework may run here.
    // SAFETY: _exit has no preconditions.
    unsafe { libc::_exit(code) }
}

/// The word that carries the closure's value.
fn returned(value: Vec<u8>) -> Word {
    let most = words::LIMIT - 64;
    assert!(value.len() <= most, "the closure returned {} bytes; at most 16 MiB can be handed over", value.len());
    Word::Returned { value }
}

/// What a panic carries, where it is words.
fn payload(panic: &(dyn Any + Send)) -> String {
    let words =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    words.unwrap_or_else(|| "a panic without words".into())
}

/// Tells what the test framework printed from what the closure will print.
fn begin_output() {
    // SAFETY: the bytes are valid for their length. Without it, the framework's words stand before the
    // closure's, which is no harm.
    let _ = unsafe { libc::write(1, BEGINNING.as_ptr().cast(), BEGINNING.len()) };
}

/// Where nobody could attach: the words go into a pipe, and the kernel ends this process when the
/// observer's thread ends.
fn speak_alone(pipe: File) {
    let pipe = pipe.into_raw_fd();
    // SAFETY: integers only. Without these two, what the subject leaves behind is found later.
    unsafe {
        libc::fcntl(pipe, libc::F_SETFD, libc::FD_CLOEXEC);
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
    words::speak_into(pipe);
}

/// The observer started this process with all signals blocked, so that none that is sent to the
/// process lands on a thread of the test framework's. This thread takes them.
fn clear_signal_mask() {
    // SAFETY: all zeroes is a valid, empty set, and outlives the call.
    unsafe {
        let none: libc::sigset_t = mem::zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
}
