//! The signals that end the runner, and the one that says that a child has ended, as a descriptor:
//! signalfd(2). So they are waited for beside everything else, and none comes in between.

use std::fs::File;
use std::io::{self, Read};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::ptr;

use crate::errno::told;
use crate::outcome::Stop;

/// The signals that end a program whose user does not want it any more.
const DEADLY: [libc::c_int; 4] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM];

/// Signals, caught.
#[derive(Debug)]
pub struct Signals(File);

impl Signals {
    /// Catches them from now on. Children get them again: see [`uncatch`].
    ///
    /// # Errors
    /// The kernel has no descriptor for us.
    pub fn catch() -> Result<Signals, Stop> {
        // Who started us with a signal ignored, as nohup(1) does, meant that.
        let deadly = DEADLY.into_iter().filter(|signal| !is_ignored(*signal));
        // With SIGTTOU blocked, we may set the terminal back from the background, too.
        let set = set(deadly.chain([libc::SIGCHLD, libc::SIGTSTP, libc::SIGCONT, libc::SIGTTOU]));
        // SAFETY: `set` outlives the calls; the descriptor that comes back is ours alone.
        let caught = unsafe {
            // Were it ignored, nobody could wait for a child, wait(2).
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
            libc::sigprocmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut());
            match libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
                -1 => Err(io::Error::last_os_error()),
                descriptor => Ok(Signals(File::from_raw_fd(descriptor))),
            }
        };
        caught.map_err(|error| {
            Stop::host(format_args!("signalfd: {}", told(&error)), "ulimit -n shows how many descriptors there may be")
        })
    }

    /// What to wait for.
    pub fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// The next signal, if one has come.
    pub fn next(&self) -> Option<libc::c_int> {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        (&self.0).read_exact(&mut info).ok()?;
        // The signal's number is the first word of it.
        let [a, b, c, d, ..] = info;
        i32::try_from(u32::from_ne_bytes([a, b, c, d])).ok()
    }

    /// A signal that ends us, if one has come. Others are forgotten.
    pub fn deadly(&self) -> Option<libc::c_int> {
        while let Some(signal) = self.next() {
            match signal {
                signal if DEADLY.contains(&signal) => return Some(signal),
                libc::SIGTSTP => stop(),
                _ => {}
            }
        }
        None
    }

    /// Ends as the signal would have ended us, so that whoever started us sees why.
    pub fn die_of(&self, signal: libc::c_int) -> ! {
        // SAFETY: integers, and a set that outlives the call. Nothing of ours handles the signal, so its
        // default action takes place.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
        uncatch();
        std::process::exit(128 + signal)
    }
}

/// Stops, as the terminal's ^Z asks for; comes back when we are continued.
pub fn stop() {
    // SAFETY: integers only. SIGSTOP cannot be blocked.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// Lets all signals pass again: what a child does before it becomes its program, as the mask is
/// inherited.
pub fn uncatch() {
    let none = set([].into_iter());
    // SAFETY: the set outlives the call.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) };
}

fn is_ignored(signal: libc::c_int) -> bool {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the kernel writes one struct sigaction, for which all zeroes is a value too.
    unsafe {
        libc::sigaction(signal, ptr::null(), now.as_mut_ptr());
        now.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

fn set(signals: impl Iterator<Item = libc::c_int>) -> libc::sigset_t {
    let mut set: MaybeUninit<libc::sigset_t> = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set. Neither fails: the numbers are those of signals.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

const _: () = assert!(mem::size_of::<libc::signalfd_siginfo>() == 128, "signalfd(2) hands out 128 bytes a signal");
