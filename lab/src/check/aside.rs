//! What a check does in the subject's own process beside calling the answer. None of it is judged, and
//! no diagnosis tells of it.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;
use std::{mem, ptr};

use crate::words::{Word, say};

/// The signal that a peer interrupts with.
pub(super) const INTERRUPTION: i32 = libc::SIGUSR1;

/// Does something of the check's own: its calls are not the reader's.
pub fn quietly<T>(aside: impl FnOnce() -> T) -> T {
    say(&Word::Hush {});
    let result = aside();
    say(&Word::Unhush {});
    result
}

/// A descriptor that the reader's code is lent. It is closed, quietly, when the check has done with it.
#[derive(Debug)]
pub struct Lent(RawFd);

impl Lent {
    pub(super) fn new(number: RawFd) -> Lent {
        Lent(number)
    }

    /// Gives the descriptor away, to code that is to close it.
    #[must_use]
    pub fn given(self) -> OwnedFd {
        // SAFETY: the observer handed the number down for this, and `self`, its only owner, lets go of it.
        unsafe { OwnedFd::from_raw_fd(self.into_raw_fd()) }
    }
}

impl AsFd for Lent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: it is open as long as `self` is there, unless the reader's code closes what it was lent;
        // then a call with it fails, and Run::closed tells.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

impl AsRawFd for Lent {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

impl IntoRawFd for Lent {
    fn into_raw_fd(self) -> RawFd {
        mem::ManuallyDrop::new(self).0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Not through OwnedFd, which aborts where the reader's code has closed it already.
        // SAFETY: an integer only.
        quietly(|| unsafe { libc::close(self.0) });
    }
}

/// Says what a descriptor is called that the check made in the subject's own process.
pub fn call_it(descriptor: &impl AsFd, name: &str) {
    say(&Word::Name { descriptor: descriptor.as_fd().as_raw_fd(), name: name.to_owned() });
}

/// Takes whatever lies in a socket now, up to 64 KiB: what an answer left there.
#[must_use]
pub fn left_in(socket: &impl AsFd) -> Vec<u8> {
    let mut bytes = vec![0; 64 << 10];
    let number = socket.as_fd().as_raw_fd();
    // SAFETY: the buffer is valid for its length.
    let got = quietly(|| unsafe { libc::recv(number, bytes.as_mut_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT) });
    bytes.truncate(usize::try_from(got).unwrap_or(0));
    bytes
}

/// The status flags of a file description: `O_NONBLOCK` among them.
#[must_use]
pub fn status_flags(descriptor: &impl AsFd) -> i32 {
    let number = descriptor.as_fd().as_raw_fd();
    // SAFETY: integers only.
    quietly(|| unsafe { libc::fcntl(number, libc::F_GETFL) })
}

/// How long a read of a socket waits: its SO_RCVTIMEO, zero for ever.
#[must_use]
pub fn receive_timeout(socket: &impl AsFd) -> Duration {
    let number = socket.as_fd().as_raw_fd();
    let mut time = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let mut length = size_of::<libc::timeval>() as libc::socklen_t;
    // SAFETY: both outlive the call, and the kernel writes no more than `length` bytes.
    quietly(|| unsafe {
        libc::getsockopt(number, libc::SOL_SOCKET, libc::SO_RCVTIMEO, (&raw mut time).cast(), &raw mut length)
    });
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_usec.unsigned_abs() as u32 * 1000)
}

/// From how many bytes on a socket counts as readable: its SO_RCVLOWAT.
#[must_use]
pub fn low_water_mark(socket: &impl AsFd) -> i32 {
    let number = socket.as_fd().as_raw_fd();
    let (mut mark, mut length) = (0, size_of::<libc::c_int>() as libc::socklen_t);
    // SAFETY: both outlive the call, and the kernel writes no more than `length` bytes.
    quietly(|| unsafe {
        libc::getsockopt(number, libc::SOL_SOCKET, libc::SO_RCVLOWAT, (&raw mut mark).cast(), &raw mut length)
    });
    mark
}

/// Whether a signal does what it does by default.
#[must_use]
pub fn has_default_action(signal: i32) -> bool {
    // SAFETY: all zeroes is a valid structure, which the kernel fills; it outlives the call.
    quietly(|| unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        libc::sigaction(signal, ptr::null(), &raw mut action) == 0 && action.sa_sigaction == libc::SIG_DFL
    })
}

/// Whether the calling thread has a signal blocked.
#[must_use]
pub fn is_blocked(signal: i32) -> bool {
    // SAFETY: all zeroes is a valid set, which the kernel fills; it outlives the calls.
    quietly(|| unsafe {
        let mut mask: libc::sigset_t = mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut mask) == 0
            && libc::sigismember(&raw const mask, signal) == 1
    })
}

/// Installs a handler that does nothing, without SA_RESTART: from now on an interruption ends a sleep.
pub(super) fn take_interruptions() {
    extern "C" fn nothing(_: i32) {}
    set_action(INTERRUPTION, nothing as *const () as libc::sighandler_t);
}

/// Undoes what std did before `main`: a write to nobody kills again.
pub(super) fn die_of_sigpipe() {
    set_action(libc::SIGPIPE, libc::SIG_DFL);
}

fn set_action(signal: i32, action: libc::sighandler_t) {
    // SAFETY: all zeroes is a valid structure; the one handler that comes here does nothing, and so may
    // run at any point.
    unsafe {
        let mut new: libc::sigaction = mem::zeroed();
        new.sa_sigaction = action;
        libc::sigaction(signal, &raw const new, ptr::null_mut());
    }
}
