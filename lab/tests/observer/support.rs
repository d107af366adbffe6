//! Questions that the tests put to an observation.

use std::ffi::c_int;
use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

use lab::{Call, Ending, Event, Observation, Value, Wire, observe};

/// Far more than any subject here needs, on any machine.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Observes a subject that is expected to return.
pub fn observed<T: Wire>(subject: impl FnOnce() -> T) -> Observation {
    let observation = observe(DEADLINE, subject);
    assert_eq!(observation.blind, None);
    let account = || {
        let output = String::from_utf8_lossy(&observation.output);
        format!("{output}\n{}", lab::transcript::raw_lines(&observation).join("\n"))
    };
    assert_eq!(observation.ending, Ending::Returned {}, "{}", account());
    observation
}

/// The calls of this shown name, in order.
pub fn calls<'a>(observation: &'a Observation, shown: &str) -> Vec<&'a Call> {
    observation.calls.iter().filter(|call| call.shown() == shown).collect()
}

/// The only call of this shown name.
pub fn only<'a>(observation: &'a Observation, shown: &str) -> &'a Call {
    let [call] = calls(observation, shown)[..] else { panic!("not one {shown}: {:?}", names(observation)) };
    call
}

/// The shown names of all calls, in order.
pub fn names(observation: &Observation) -> Vec<&'static str> {
    observation.calls.iter().map(Call::shown).collect()
}

/// Each signal that was taken: its number, whether a handler ran, and its siginfo.
pub fn taken(observation: &Observation) -> Vec<(i32, bool, &Value)> {
    let taken = observation.events.iter().filter_map(|event| match event {
        Event::Took { info, handled, .. } => Some((number(info, "signo") as i32, *handled, info)),
        _ => None,
    });
    taken.collect()
}

/// A member of a structure, as a number.
pub fn number(of: &Value, member: &str) -> i64 {
    match of.field(member) {
        Some(Value::Number { value } | Value::One { value, .. } | Value::Process { pid: value }) => *value,
        Some(Value::Descriptor { number }) => i64::from(*number),
        Some(Value::Flags { bits, .. }) => bits.cast_signed(),
        other => panic!("{member} is {other:?}"),
    }
}

/// The data of an argument.
pub fn data(call: &Call, place: usize) -> &[u8] {
    let Some(Value::Bytes { head, .. }) = call.argument(place) else { panic!("{:?}", call.argument(place)) };
    head
}

/// The answer of a C function, or what errno says.
pub fn checked(answer: c_int) -> io::Result<c_int> {
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// Installs a handler.
pub fn handle(signal: c_int, flags: c_int, handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void)) {
    // SAFETY: all zeroes is a valid sigaction with an empty mask, and the handlers here only store to atomics.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as usize;
        action.sa_flags = flags | libc::SA_SIGINFO;
        checked(libc::sigaction(signal, &raw const action, std::ptr::null_mut())).unwrap();
    }
}

/// A handler that does nothing but be there.
pub extern "C" fn nothing(_: c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

/// Blocks a signal in this thread, and returns the set that holds it alone.
pub fn block(signal: c_int) -> libc::sigset_t {
    // SAFETY: the set is initialised before it is used, and outlives the calls.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        set
    }
}

/// Forks; the child does `work` and leaves with what it returns.
pub fn fork(work: impl FnOnce() -> c_int) -> io::Result<c_int> {
    // SAFETY: what the children here do needs no lock that another thread could have held.
    let child = checked(unsafe { libc::fork() })?;
    if child == 0 {
        let code = work();
        // SAFETY: _exit has no preconditions.
        unsafe { libc::_exit(code) }
    }
    Ok(child)
}

/// Waits for a child; how it ended, as wait(2) encodes it.
pub fn wait_for(child: c_int, flags: c_int) -> io::Result<c_int> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    checked(unsafe { libc::waitpid(child, &raw mut status, flags) }).map(|_| status)
}

/// One byte into a descriptor.
pub fn put(descriptor: RawFd, byte: u8) -> io::Result<usize> {
    // SAFETY: one byte is there to be read.
    let put = unsafe { libc::write(descriptor, (&raw const byte).cast(), 1) };
    usize::try_from(put).map_err(|_| io::Error::last_os_error())
}

/// One byte out of a descriptor; `None` at end of file.
pub fn take(descriptor: RawFd) -> io::Result<Option<u8>> {
    let mut byte = 0_u8;
    // SAFETY: there is room for one byte.
    let got = unsafe { libc::read(descriptor, (&raw mut byte).cast(), 1) };
    match got {
        -1 => Err(io::Error::last_os_error()),
        got => Ok((got == 1).then_some(byte)),
    }
}

/// Waits until every thread of a process has stopped. The one that takes the signal stops for its tracer first; only
/// when that has handed it on do they all stop.
pub fn until_stopped(pid: c_int) {
    // By a signal, or by that under a tracer.
    let stopped = |stat: String| stat.contains(") T ") || stat.contains(") t ");
    let all_stopped = || {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        threads.flatten().all(|thread| std::fs::read_to_string(thread.path().join("stat")).is_ok_and(stopped))
    };
    while !all_stopped() {
        std::thread::yield_now();
    }
}
