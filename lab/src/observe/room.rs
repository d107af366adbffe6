//! How many observations there is room for at once.
//!
//! A test framework runs as many tests at a time as there are processors, and each observation needs
//! descriptors of the one process that they share. Where they do not suffice (RLIMIT_NOFILE), an
//! observation waits until another has ended; its deadline begins after that.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The most that one observation has open: three pipes, what std opens to start a process, and what it
/// reads in `/proc` meanwhile.
const DESCRIPTORS_EACH: u64 = 12;
/// What the rest of the process may have open.
const DESCRIPTORS_ELSE: u64 = 8;

static UNDER_WAY: Mutex<u64> = Mutex::new(0);
static BELL: Condvar = Condvar::new();

/// Room for one observation, until it is dropped.
pub(super) struct Room(());

impl Room {
    /// Waits until there is room.
    pub(super) fn take() -> Room {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: `limit` outlives the call. Where it fails, there is room for one.
        unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
        let places = (limit.rlim_cur.saturating_sub(DESCRIPTORS_ELSE) / DESCRIPTORS_EACH).max(1);
        let waited = BELL.wait_while(under_way(), |under_way| *under_way >= places);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Room(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *under_way() -= 1;
        BELL.notify_one();
    }
}

fn under_way() -> MutexGuard<'static, u64> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}
