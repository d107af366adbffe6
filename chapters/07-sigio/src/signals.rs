//! The calls of this chapter that nix lacks, one function a call; and what the demos of a full queue begin with.
//!
//! nix names the standard signals only, and has no fcntl for a descriptor's owner and signal. The
//! functions here do no more than their calls: what the kernel refuses is an error, what it tells is returned.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

/// A signal's number: a constant of `libc`'s, or `SIGRTMIN() + n`.
pub type Signal = libc::c_int;

// asm-generic/fcntl.h and asm-generic/siginfo.h; libc has no names for them.
const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;
const F_OWNER_TID: libc::c_int = 0;
/// Data, or the end of the stream.
pub const POLL_IN: i32 = 1;
/// Room to write.
pub const POLL_OUT: i32 = 2;
/// An error.
pub const POLL_ERR: i32 = 4;
/// Urgent data.
pub const POLL_PRI: i32 = 5;

/// Says who gets the descriptor's signals (fcntl(2), `F_SETOWN`).
pub fn set_owner(descriptor: &impl AsFd, owner: Pid) -> nix::Result<()> {
    // SAFETY: the command takes an integer.
    Errno::result(unsafe { libc::fcntl(descriptor.as_fd().as_raw_fd(), libc::F_SETOWN, owner.as_raw()) })?;
    Ok(())
}

/// Says which thread gets the descriptor's signals (fcntl(2), `F_SETOWN_EX` with `F_OWNER_TID`).
pub fn set_owner_thread(descriptor: &impl AsFd, thread: Pid) -> nix::Result<()> {
    let owner: [libc::c_int; 2] = [F_OWNER_TID, thread.as_raw()];
    // SAFETY: the command reads a struct f_owner_ex, which is two ints.
    Errno::result(unsafe { libc::fcntl(descriptor.as_fd().as_raw_fd(), F_SETOWN_EX, &raw const owner) })?;
    Ok(())
}

/// Says which signal the descriptor sends in place of a plain SIGIO (fcntl(2), `F_SETSIG`); 0 is that again.
pub fn set_signal(descriptor: &impl AsFd, signal: Signal) -> nix::Result<()> {
    // SAFETY: the command takes an integer.
    Errno::result(unsafe { libc::fcntl(descriptor.as_fd().as_raw_fd(), F_SETSIG, signal) })?;
    Ok(())
}

/// Gives the calling process a user namespace, and so a count of its own of queued signals: RLIMIT_SIGPENDING
/// limits what a user has, in all processes. To be called before there is a second thread.
pub fn own_count() -> nix::Result<()> {
    // What a namespace may have in all is what its maker might queue (Linux kernel/ucount.c, inc_rlimit_get_ucounts).
    let (_, hard) = getrlimit(Resource::RLIMIT_SIGPENDING)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, hard, hard)?;
    // SAFETY: takes an integer.
    Errno::result(unsafe { libc::unshare(libc::CLONE_NEWUSER) }).map(drop)
}

/// A set of signals, real-time ones too.
#[derive(Clone, Copy)]
pub struct Signals(libc::sigset_t);

impl Signals {
    /// The set of these.
    pub fn of(signals: &[Signal]) -> Signals {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset initialises the set.
        let mut set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            set.assume_init()
        };
        for signal in signals {
            // SAFETY: the set is initialised. A number that is no signal is refused, and not added.
            unsafe { libc::sigaddset(&raw mut set, *signal) };
        }
        Signals(set)
    }

    /// Keeps them pending for the calling thread, until somebody waits for them (sigprocmask(2)).
    pub fn block(&self) -> nix::Result<()> {
        self.change(libc::SIG_BLOCK)
    }

    /// Lets them interrupt the calling thread again.
    pub fn unblock(&self) -> nix::Result<()> {
        self.change(libc::SIG_UNBLOCK)
    }

    fn change(&self, how: libc::c_int) -> nix::Result<()> {
        // SAFETY: the set outlives the call; nobody asks for the old one.
        match unsafe { libc::pthread_sigmask(how, &raw const self.0, ptr::null_mut()) } {
            0 => Ok(()),
            errno => Err(Errno::from_raw(errno)),
        }
    }

    /// Sleeps until one of them is pending, and takes it (sigwaitinfo(2)).
    pub fn wait(&self) -> nix::Result<Taken> {
        self.take(ptr::null())
    }

    /// The same for so long at most; after that, EAGAIN (sigtimedwait(2)). With no time it only looks.
    pub fn wait_at_most(&self, time: Duration) -> nix::Result<Taken> {
        let time = libc::timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() };
        self.take(&raw const time)
    }

    fn take(&self, at_most: *const libc::timespec) -> nix::Result<Taken> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: set and time are valid or, the time, null; the kernel fills the siginfo.
        Errno::result(unsafe { libc::sigtimedwait(&raw const self.0, info.as_mut_ptr(), at_most) })?;
        // SAFETY: the call succeeded, and all zeroes were valid before.
        Ok(Taken::of(unsafe { info.assume_init_ref() }))
    }
}

/// A signal that was taken, and what it brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Which signal: `si_signo`.
    pub signal: Signal,
    /// Why it was sent: `si_code`.
    pub code: i32,
    /// What happened, as poll's bits: `si_band`. Only where `code` is one of [`POLL_IN`] and so on, or SI_SIGIO.
    pub band: i64,
    /// The descriptor: `si_fd`. Likewise.
    pub fd: i32,
}

impl Taken {
    /// Reads a siginfo_t, in which libc has no names for `si_band` and `si_fd`.
    pub fn of(info: &libc::siginfo_t) -> Taken {
        /// signo, errno, code; then, aligned as a long, what F_SETSIG's signals carry.
        #[repr(C)]
        struct Poll {
            head: [libc::c_int; 3],
            band: libc::c_long,
            fd: libc::c_int,
        }
        // SAFETY: the kernel's own layout, shorter than a siginfo_t, of integers only.
        let poll = unsafe { &*ptr::from_ref(info).cast::<Poll>() };
        Taken { signal: poll.head[0], code: poll.head[2], band: poll.band, fd: poll.fd }
    }
}

/// What a handler with SA_SIGINFO is.
pub type Handler = extern "C" fn(Signal, *mut libc::siginfo_t, *mut libc::c_void);

/// Lets `handler` run when `signal` is taken (sigaction(2)).
///
/// # Safety
/// The handler interrupts its thread anywhere: it may call only what signal-safety(7) lists.
pub unsafe fn handle(signal: Signal, handler: Handler, flags: libc::c_int) -> nix::Result<()> {
    // SAFETY: all zeroes is a valid sigaction: no flags, nothing masked.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | flags;
    // SAFETY: the action outlives the call; the caller answers for the handler.
    Errno::result(unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) })?;
    Ok(())
}
