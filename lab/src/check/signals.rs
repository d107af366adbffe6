//! What checks of signal-driven code need: what was asked of the kernel in which order, where the code sleeps,
//! and, in the subject's own process, a scene that is armed already.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;
use std::{mem, ptr};

use super::aside::quietly;
use super::ends::Ours;
use super::peer::{Gone, LOOK_INTERVAL, Peer};
use super::run::Run;
use super::told;
use crate::calls::{Family, Set, Value};
use crate::observe::Call;

/// Commands of fcntl(2), which libc does not name.
const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;

/// How often a subject has to be seen asleep elsewhere before that counts. Once may be a moment's sleep for a lock that
/// another of its process's threads has.
const LOOKS_AT_A_SLEEP: u32 = 40;

impl Run {
    /// Whether `signal` was blocked each time that a descriptor's events were made signals. Otherwise the first one
    /// may come too early, and do what it does to who has not expected it.
    #[must_use]
    pub fn was_blocked_when_armed(&self, signal: i32) -> bool {
        let mut blocked: Vec<(usize, u64)> = Vec::new();
        self.observation.calls.iter().all(|call| {
            let place = blocked.iter().position(|(actor, _)| *actor == call.actor).unwrap_or(blocked.len());
            if place == blocked.len() {
                blocked.push((call.actor, 0));
            }
            let mask = &mut blocked[place].1;
            if let [Value::One { value: how, .. }, Value::Signals { bits }, ..] = call.arguments[..]
                && call.shown() == "sigprocmask"
            {
                *mask = match i32::try_from(how) {
                    Ok(libc::SIG_BLOCK) => *mask | bits,
                    Ok(libc::SIG_UNBLOCK) => *mask & !bits,
                    _ => bits,
                };
            }
            !arms(call) || *mask & 1 << (signal - 1) != 0
        })
    }

    /// Whether the code looked for what was there already, after it had made a descriptor's events signals and said
    /// whose they are: it read, asked poll, or asked how much there is.
    #[must_use]
    pub fn looked_after_arming(&self) -> bool {
        let (mut armed, mut looked) = (false, false);
        for call in self.calls() {
            armed |= arms(call);
            // Until there is an owner the signals go to nobody (fcntl(2), F_SETOWN).
            looked = armed && !names_the_owner(call) && (looked || looks(call));
        }
        looked
    }

    /// Whether the code took signals out of the queue after it had asked the descriptors themselves: what had come
    /// in between was thrown away.
    #[must_use]
    pub fn took_signals_after_asking(&self) -> bool {
        let took = |call: &Call| call.family() == Family::SignalWait && call.returned().is_some();
        self.calls().skip_while(|call| call.family() != Family::Ready).any(took)
    }

    /// Whether the code made this call; by the name that the manual has for it.
    #[must_use]
    pub fn called_by_name(&self, name: &str) -> bool {
        self.calls().any(|call| call.shown() == name)
    }

    /// Whether the code wrote to standard output or standard error.
    #[must_use]
    pub fn printed(&self) -> bool {
        self.calls().any(told::prints)
    }
}

/// Whether a call makes events signals: fcntl with O_ASYNC, or ioctl with FIOASYNC.
fn arms(call: &Call) -> bool {
    if is_fioasync(call) {
        return true;
    }
    let set_flags = Value::One { set: Set::Fcntl, value: libc::F_SETFL.into() };
    call.arguments.get(1) == Some(&set_flags)
        && matches!(call.arguments.get(2), Some(Value::Flags { bits, .. }) if bits & libc::O_ASYNC as u64 != 0)
}

/// Whether a call says to whom the signals go.
fn names_the_owner(call: &Call) -> bool {
    let by = |command: libc::c_int| Value::One { set: Set::Fcntl, value: command.into() };
    call.arguments.get(1).is_some_and(|command| [by(libc::F_SETOWN), by(F_SETOWN_EX)].contains(command))
}

/// Whether a call tells what there is to read.
fn looks(call: &Call) -> bool {
    matches!(call.family(), Family::Read | Family::Ready) || call.shown() == "ioctl" && !is_fioasync(call)
}

fn is_fioasync(call: &Call) -> bool {
    // As fcntl's: asm-generic/ioctls.h.
    call.shown() == "ioctl" && call.raw.get(1).is_some_and(|request| *request as libc::Ioctl == libc::FIOASYNC)
}

impl Peer<'_> {
    /// Waits until the subject sleeps, and notes where it does if that is not in a wait for signals.
    ///
    /// # Errors
    /// The subject ended first.
    pub fn until_it_waits_for_a_signal(&mut self) -> Result<(), Gone> {
        for look in 1.. {
            let sleep = self.until_asleep()?;
            if [libc::SYS_rt_sigtimedwait, libc::SYS_rt_sigsuspend].contains(&sleep.number) {
                break;
            }
            if look == LOOKS_AT_A_SLEEP {
                let call = crate::calls::signature(sleep.number).map_or("another call", |call| call.shown);
                self.note(format!("slept in {call}"));
                break;
            }
            thread::sleep(LOOK_INTERVAL);
        }
        Ok(())
    }

    /// A socket that sends datagrams to `to`, and receives those that come back.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn datagrams(&self, to: SocketAddr) -> Result<Ours, Gone> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(to)?;
        let end = Ours::new(socket.into());
        self.stage.keep(&end);
        Ok(end)
    }
}

/// Blocks these signals in the subject's thread: a check's own preparation.
pub fn block(signals: &[i32]) {
    let set = set_of(signals);
    // SAFETY: the set is initialised and outlives the call.
    quietly(|| unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) });
}

/// Makes a descriptor non-blocking, and its events `signal` to this process; 0 is a plain SIGIO.
pub fn arm(descriptor: &impl AsFd, signal: i32) {
    let number = descriptor.as_fd().as_raw_fd();
    // SAFETY: these commands take integers.
    quietly(|| unsafe {
        libc::fcntl(number, F_SETSIG, signal);
        libc::fcntl(number, libc::F_SETOWN, libc::getpid());
        libc::fcntl(number, libc::F_SETFL, libc::O_ASYNC | libc::O_NONBLOCK);
    });
}

/// Adds status flags to a descriptor.
pub fn add_flags(descriptor: &impl AsFd, flags: i32) {
    let number = descriptor.as_fd().as_raw_fd();
    // SAFETY: these commands take integers.
    quietly(|| unsafe {
        let before = libc::fcntl(number, libc::F_GETFL);
        libc::fcntl(number, libc::F_SETFL, before | flags);
    });
}

/// Lets no signal be queued any more: whatever finds no room is lost, and SIGIO tells of it.
pub fn close_the_queue() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel reads `none`, which outlives the call.
    quietly(|| unsafe { libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const none) });
}

/// Leaves `signal` pending in the subject's process, as something would that has been dealt with since.
pub fn leave_pending(signal: i32) {
    // SAFETY: integers only. The signal is blocked.
    quietly(|| unsafe { libc::kill(libc::getpid(), signal) });
}

/// Takes one of these signals, which are blocked, within `patience`: its number, and the descriptor where it
/// names one.
#[must_use]
pub fn take_signal(signals: &[i32], patience: Duration) -> Option<(i32, i32)> {
    /// The kernel's layout (asm-generic/siginfo.h, `_sigpoll`).
    #[repr(C)]
    struct Poll {
        head: [libc::c_int; 3],
        band: libc::c_long,
        fd: libc::c_int,
    }
    let set = set_of(signals);
    let time = libc::timespec { tv_sec: patience.as_secs().cast_signed(), tv_nsec: patience.subsec_nanos().into() };
    // SAFETY: all zeroes is a valid siginfo_t, which the kernel fills; all three outlive the call. `Poll` is no
    // longer than it, and any bits are a number.
    quietly(|| unsafe {
        let mut info: libc::siginfo_t = mem::zeroed();
        let taken = libc::sigtimedwait(&raw const set, &raw mut info, &raw const time);
        (taken > 0).then(|| (taken, (*(&raw const info).cast::<Poll>()).fd))
    })
}

fn set_of(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: sigemptyset initialises the set; a number that is no signal is refused, and not added.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        set
    }
}
