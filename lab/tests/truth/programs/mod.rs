//! The programs that both tracers watch. Each makes the same calls in every run: who acts on a thread
//! that sleeps waits, unseen, until it does.

pub mod bytes;
pub mod completion;
pub mod descriptors;
pub mod faults;
pub mod messages;
pub mod processes;
pub mod readiness;
pub mod restarts;
pub mod signals;
pub mod sockets;
pub mod stops;

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;

use crate::run::{Folder, HUSH, UNHUSH, say};

/// How often somebody is asked whether it sleeps.
const LOOK_INTERVAL: Duration = Duration::from_micros(300);

/// poll(2), which newer architectures do not have, and the call that stands for it.
#[cfg(target_arch = "x86_64")]
const POLLS: [i64; 2] = [libc::SYS_poll, libc::SYS_ppoll];
#[cfg(not(target_arch = "x86_64"))]
const POLLS: [i64; 1] = [libc::SYS_ppoll];

/// Makes calls that differ from run to run, or are nothing to the program: they are not compared.
fn quietly<T>(calls: impl FnOnce() -> T) -> T {
    say(HUSH);
    let value = calls();
    say(UNHUSH);
    value
}

/// Waits until something holds.
fn until(holds: impl Fn() -> bool) {
    quietly(|| {
        while !holds() {
            thread::sleep(LOOK_INTERVAL);
        }
    });
}

/// A thread that others wait for.
#[derive(Debug, Clone, Copy)]
struct Thread {
    pid: i32,
    tid: i32,
}

impl Thread {
    /// The calling one.
    fn this() -> Thread {
        Thread { pid: nix::unistd::getpid().as_raw(), tid: nix::unistd::gettid().as_raw() }
    }

    /// The first of a process.
    fn first_of(pid: nix::unistd::Pid) -> Thread {
        Thread { pid: pid.as_raw(), tid: pid.as_raw() }
    }

    /// Waits until it sleeps in one of these calls.
    fn until_asleep_in(self, numbers: &[i64]) {
        until(|| self.is_asleep_in(numbers));
    }

    fn is_asleep_in(self, numbers: &[i64]) -> bool {
        lab::asleep(self.pid, self.tid).is_some_and(|sleep| numbers.contains(&sleep.number))
    }

    /// Wakes it, and waits until it sleeps in one of these calls once more.
    fn until_asleep_again_in<T>(self, numbers: &[i64], wake: impl FnOnce() -> T) -> T {
        let before = quietly(|| switches(self));
        let woken = wake();
        until(|| switches(self) != before && self.is_asleep_in(numbers));
        woken
    }
}

/// How often a thread has been off a processor: each sleep counts.
fn switches(thread: Thread) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/task/{}/status", thread.pid, thread.tid)).ok()?;
    status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim().parse().ok()
}

/// Waits until no more than so many threads of this process are left: joining a thread tells only that
/// its closure is done, and a detached one cannot be joined.
fn until_threads(number: usize) {
    until(|| fs::read_dir("/proc/self/task").is_ok_and(|tasks| tasks.count() <= number));
}

/// How many threads this process has.
fn threads() -> usize {
    quietly(|| fs::read_dir("/proc/self/task").map_or(0, Iterator::count))
}

/// Runs a program in an empty folder of its own, so that its paths are the same in every run.
fn in_a_folder(program: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let folder = quietly(|| Folder::new().and_then(|folder| folder.enter().map(|()| folder)))?;
    let answer = program();
    quietly(|| drop(folder));
    answer
}

/// Expects this error.
fn refused<T>(errno: Errno, answer: nix::Result<T>) -> io::Result<()> {
    match answer.err() {
        Some(error) if error == errno => Ok(()),
        Some(error) => Err(io::Error::other(format!("{error:?} instead of {errno:?}"))),
        None => Err(io::Error::other(format!("success instead of {errno:?}"))),
    }
}

/// A call of the C library's that answers -1 for an error.
fn done(answer: impl Into<i64>) -> nix::Result<i64> {
    let answer = answer.into();
    if answer == -1 { Err(Errno::last()) } else { Ok(answer) }
}

/// The kernel's call with these words for arguments.
///
/// # Safety
/// As the call asks.
unsafe fn kernel(number: i64, arguments: &[usize]) -> nix::Result<i64> {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    let [a, b, c, d, e, f] = all;
    // SAFETY: the caller's.
    done(unsafe { libc::syscall(number, a, b, c, d, e, f) })
}

/// A descriptor that a call just made.
fn owned(made: i64) -> OwnedFd {
    let number = i32::try_from(made).expect("descriptors are small");
    // SAFETY: the call that made it gave it to nobody else.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// A descriptor as an argument of [`kernel`].
fn word(descriptor: &impl AsRawFd) -> usize {
    descriptor.as_raw_fd().cast_unsigned() as usize
}

/// An address as an argument of [`kernel`].
fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

/// An address that the kernel writes to.
fn address_mut<T>(of: &mut T) -> usize {
    std::ptr::from_mut(of) as usize
}
