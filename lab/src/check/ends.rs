//! The two ends of a scene's descriptors: the peers', and those of the reader's code.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::aside::Lent;
use crate::observe;
use crate::words::{Word, say};

/// A descriptor of the peers'. It stays open until a peer closes it, or the run is over.
#[derive(Debug, Clone, Default)]
pub struct Ours(Arc<Mutex<Option<OwnedFd>>>);

impl Ours {
    pub(super) fn new(descriptor: OwnedFd) -> Ours {
        Ours(Arc::new(Mutex::new(Some(descriptor))))
    }

    /// Another number for the same description, for one call.
    pub(super) fn for_a_call(&self) -> io::Result<OwnedFd> {
        let kept = lock(&self.0);
        kept.as_ref().map_or_else(|| Err(io::Error::from_raw_os_error(libc::EBADF)), OwnedFd::try_clone)
    }

    /// Wakes whoever sleeps on a connection, for good.
    pub(super) fn break_off(&self) {
        if let Ok(end) = self.for_a_call() {
            // SAFETY: integers only. ENOTSOCK for a pipe, which ends with its other end.
            unsafe { libc::shutdown(end.as_raw_fd(), libc::SHUT_RDWR) };
        }
    }

    /// Closes the peers' end before anybody begins.
    pub fn gone(self) {
        self.close();
    }

    /// Whether it is of a kind that hears nothing of its other side's end.
    pub(super) fn is_datagrams(&self) -> bool {
        let (mut kind, mut length) = (0, size_of::<libc::c_int>() as libc::socklen_t);
        // SAFETY: both outlive the call, and the kernel writes no more than `length` bytes.
        let answer = self.for_a_call().map(|end| unsafe {
            let kind = (&raw mut kind).cast();
            libc::getsockopt(end.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TYPE, kind, &raw mut length)
        });
        matches!(answer, Ok(0)) && kind == libc::SOCK_DGRAM
    }

    /// Sends something before anybody begins: it is there when the reader's code looks first.
    ///
    /// # Panics
    /// Where it does not fit into the socket's buffer: some 100 KiB do.
    pub fn sent(&self, bytes: &[u8]) {
        self.before(|end| {
            // SAFETY: the buffer is valid for its length.
            let sent = unsafe { libc::send(end.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT) };
            assert_eq!(usize::try_from(sent), Ok(bytes.len()), "{}", io::Error::last_os_error());
        });
    }

    /// Ends the peers' direction before anybody begins.
    pub fn has_ended(&self) {
        self.before(|end| {
            // SAFETY: integers only.
            unsafe { libc::shutdown(end.as_raw_fd(), libc::SHUT_WR) };
        });
    }

    /// Does something in the observer's process alone.
    fn before(&self, act: impl FnOnce(OwnedFd)) {
        if !observe::is_subject() {
            act(self.for_a_call().expect("a peer has not closed its end before it begins"));
        }
    }

    /// When this returns, the other side has been told.
    pub(super) fn close(&self) {
        observe::while_none_starts(|| drop(lock(&self.0).take()));
    }
}

/// A descriptor that the reader's code is given.
#[derive(Debug)]
pub struct Theirs {
    name: String,
    place: usize,
}

impl Theirs {
    pub(super) fn new(name: &str, place: usize) -> Theirs {
        Theirs { name: name.to_owned(), place }
    }

    /// The descriptor itself. Only the code that is run under observation has it.
    ///
    /// # Panics
    /// Where it is taken outside [`super::Scene::run`].
    #[must_use]
    pub fn take(self) -> Lent {
        let number = observe::handed_down().get(self.place).copied();
        let number = number.expect("a scene's descriptors are there in the subject alone");
        say(&Word::Name { descriptor: number, name: self.name });
        Lent::new(number)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
