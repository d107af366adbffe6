//! Signals as a queue that is read: blocked first, then asked for, then taken one by one.
//!
//! Rests on: fcntl(2), "Managing signals"; signal(7), "Real-time signals"; sigwaitinfo(2).

use std::os::fd::{AsFd, RawFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::getpid;

use crate::signals::{Signals, set_owner, set_signal};

// ANCHOR: events
/// What a signal told.
pub enum News {
    /// Something happened on this descriptor, or on another that had its number before.
    Look(RawFd),
    /// The queue was full, and signals were lost.
    Lost,
    /// SIGINT or SIGTERM.
    Stop,
}

/// The signals of a server, blocked, so that only [`Events::take`] takes them.
pub struct Events(Signals);

impl Events {
    /// Blocks them: from now on one that comes waits to be taken. Before anything is armed, or the first event
    /// would do what an unexpected signal does: end the process.
    pub fn block() -> nix::Result<Events> {
        let signals = Signals::of(&[libc::SIGINT, libc::SIGTERM, libc::SIGIO, libc::SIGRTMIN()]);
        signals.block()?;
        Ok(Events(signals))
    }

    /// Makes every event on a descriptor a signal to this process, and its calls ones that never sleep.
    ///
    /// What came before sends none: whoever arms a descriptor has to look at it once.
    pub fn arm(&self, descriptor: &impl AsFd) -> nix::Result<()> {
        // As what, to whom, and only then: now. O_ASYNC first would leave a moment for a SIGIO that means no loss.
        set_signal(descriptor, libc::SIGRTMIN())?;
        set_owner(descriptor, getpid())?;
        fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK)).map(drop)
    }

    /// Takes a signal, waiting for at most `patience` (`None`: for ever). Lowest number first (signal(7)): a
    /// stop before a loss, a loss before the queue of events.
    pub fn take(&self, patience: Option<Duration>) -> Option<News> {
        let taken = patience.map_or_else(|| self.0.wait(), |time| self.0.wait_at_most(time));
        // EAGAIN: the time is up. Contract: EINTR. Stopped and continued, it returns early (signal(7)).
        taken.ok().map(|taken| match taken.signal {
            libc::SIGIO => News::Lost,
            libc::SIGINT | libc::SIGTERM => News::Stop,
            _ => News::Look(taken.fd),
        })
    }
}
// ANCHOR_END: events
