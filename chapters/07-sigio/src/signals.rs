//! Signals as a queue that is read: blocked first, then asked for, then taken one by one.
//!
//! Rests on: fcntl(2), "Managing signals"; signal(7), "Real-time signals"; sigwaitinfo(2).

use std::mem;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::getpid;

/// fcntl(2), which libc does not name: the signal that is to come in place of SIGIO.
const F_SETSIG: c_int = 10;

// ANCHOR: signals
/// What a signal told.
pub enum News {
    /// Something happened on this descriptor, or on another that had its number before.
    Look(RawFd),
    /// The queue was full, and signals were lost.
    Lost,
    /// SIGINT or SIGTERM.
    Stop,
}

/// The signals of this server, blocked, so that only [`Signals::take`] takes them.
pub struct Signals {
    set: libc::sigset_t,
    /// The real-time signal that stands for I/O: the kernel queues each of these, and says where.
    io: c_int,
}

impl Signals {
    pub fn block() -> nix::Result<Signals> {
        let mut set = SigSet::empty();
        [Signal::SIGINT, Signal::SIGTERM, Signal::SIGIO].into_iter().for_each(|signal| set.add(signal));
        let (mut set, io) = (*set.as_ref(), libc::SIGRTMIN());
        // SAFETY: `set` is an initialised set that outlives the calls; only this thread's mask changes.
        let answer = unsafe {
            libc::sigaddset(&mut set, io);
            libc::pthread_sigmask(libc::SIG_BLOCK, &set, ptr::null_mut())
        };
        if answer == 0 { Ok(Signals { set, io }) } else { Err(Errno::from_raw(answer)) }
    }

    /// Makes every event on a descriptor a signal to this process, and its calls ones that never sleep.
    ///
    /// What came before sends none: whoever arms a descriptor has to look at it once.
    pub fn arm(&self, descriptor: &OwnedFd) -> nix::Result<()> {
        // To whom, as what, and only then: now. O_ASYNC first would leave a moment for SIGIO, or for nobody.
        let steps = [
            (libc::F_SETOWN, getpid().as_raw()),
            (F_SETSIG, self.io),
            (libc::F_SETFL, libc::O_ASYNC | libc::O_NONBLOCK),
        ];
        // SAFETY: these commands take an int and touch no memory of ours.
        let step = |(what, value): (c_int, c_int)| unsafe { libc::fcntl(descriptor.as_raw_fd(), what, value) };
        steps.into_iter().try_for_each(|one| Errno::result(step(one)).map(drop))
    }

    /// Takes a signal, waiting for at most `patience` (`None`: for ever). Lowest number first (signal(7)): a
    /// stop before a loss, a loss before the queue of events.
    pub fn take(&self, patience: Option<Duration>) -> Option<News> {
        let time = patience
            .map(|time| libc::timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() });
        let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: all zeroes is a valid siginfo_t, which the kernel fills; all three outlive the call.
        let (signal, info) = unsafe {
            let mut info: libc::siginfo_t = mem::zeroed();
            (libc::sigtimedwait(&self.set, &mut info, time), info)
        };
        match signal {
            // Contract: EINTR. Stopped and continued, it returns early (signal(7)); EAGAIN: the time is up.
            -1 => None,
            libc::SIGIO => Some(News::Lost),
            signal if signal == self.io => Some(News::Look(si_fd(&info))),
            _ => Some(News::Stop),
        }
    }
}

/// The descriptor of an I/O signal's siginfo; libc does not name it.
fn si_fd(info: &libc::siginfo_t) -> RawFd {
    /// After signo, errno and code, and a gap that aligns the long (asm-generic/siginfo.h, `_sigpoll`).
    #[repr(C)]
    struct Poll {
        head: [c_int; 3],
        band: libc::c_long,
        fd: RawFd,
    }
    // SAFETY: `Poll` is the kernel's layout of a siginfo_t, and no longer. Any bits are a number.
    unsafe { (*ptr::from_ref(info).cast::<Poll>()).fd }
}
// ANCHOR_END: signals
