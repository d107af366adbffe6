//! Signals: sent, queued, blocked, waited for and handled.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::{getpid, pipe, read, write};

use super::{Thread, address, address_mut, done, kernel, refused, threads, until, until_threads, word};

/// How many times [`handle`] has run.
static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_signal: i32) {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

/// Handles a signal with [`handle`].
pub(super) fn handle_with(signal: Signal, flags: SaFlags) -> io::Result<()> {
    let action = SigAction::new(SigHandler::Handler(handle), flags, SigSet::from(Signal::SIGUSR2));
    // SAFETY: the handler adds to an atomic and does nothing else.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

/// How often a handler has run so far.
pub(super) fn handled() -> usize {
    HANDLED.load(Ordering::SeqCst)
}

/// Runs `act` in a thread that takes no signal, as soon as this one sleeps in one of these calls.
pub(super) fn when_asleep<T>(
    calls: &[i64],
    act: impl FnOnce(Thread) + Send,
    sleep: impl FnOnce() -> T,
) -> io::Result<T> {
    let sleeper = Thread::this();
    let before = threads();
    // A thread inherits the mask: a signal for the process has nobody to go to but the sleeper.
    let mask = SigSet::all().thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_SETMASK)?;
    let slept = thread::scope(|scope| {
        scope.spawn(move || {
            sleeper.until_asleep_in(calls);
            act(sleeper);
        });
        mask.thread_set_mask()?;
        Ok(sleep())
    });
    until_threads(before);
    slept
}

/// A signal for one thread.
pub(super) fn tell(thread: Thread, signal: Signal) {
    let [pid, tid, signal] = [thread.pid, thread.tid, signal as i32].map(|number| number.cast_unsigned() as usize);
    // SAFETY: integers only.
    unsafe { kernel(libc::SYS_tgkill, &[pid, tid, signal]) }.expect("the thread is there");
}

/// Sent to oneself, handled at once; with a mask that holds the second back.
pub fn handlers() -> io::Result<()> {
    handle_with(Signal::SIGUSR1, SaFlags::empty())?;
    handle_with(Signal::SIGUSR2, SaFlags::SA_RESTART | SaFlags::SA_NODEFER)?;
    kill(getpid(), Signal::SIGUSR1)?;
    raise(Signal::SIGUSR2)?;
    kill(getpid(), None)?;
    let both = SigSet::from_iter([Signal::SIGUSR1, Signal::SIGUSR2]);
    both.thread_block()?;
    raise(Signal::SIGUSR1)?;
    both.thread_unblock()?;
    // SAFETY: the default and ignoring run nothing.
    unsafe {
        sigaction(Signal::SIGUSR1, &SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty()))?;
        kill(getpid(), Signal::SIGUSR1)?;
        sigaction(Signal::SIGUSR1, &SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::all()))?;
    }
    kill(getpid(), Signal::SIGWINCH)?;
    kill(getpid(), Signal::SIGURG)?;
    refused(Errno::ESRCH, kill(nix::unistd::Pid::from_raw(i32::MAX), None))?;
    assert_eq!(handled(), 3, "each handler ran");
    Ok(())
}

/// A handler that itself writes: the self-pipe.
pub fn a_self_pipe() -> io::Result<()> {
    static PIPE: AtomicUsize = AtomicUsize::new(usize::MAX);
    extern "C" fn tell_the_pipe(_signal: i32) {
        // SAFETY: write(2) is async-signal-safe, and the byte lives for ever.
        unsafe { libc::write(PIPE.load(Ordering::SeqCst) as i32, b"!".as_ptr().cast(), 1) };
    }
    let (reader, writer) = pipe()?;
    PIPE.store(word(&writer), Ordering::SeqCst);
    let action = SigAction::new(SigHandler::Handler(tell_the_pipe), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler makes one async-signal-safe call.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    raise(Signal::SIGUSR1)?;
    read(&reader, &mut [0; 8])?;
    // The handler of a signal that broke a read off feeds that very read.
    when_asleep(&[libc::SYS_read], |sleeper| tell(sleeper, Signal::SIGUSR1), || read(&reader, &mut [0; 8]))??;
    Ok(())
}

/// Blocked signals taken one by one, lowest first, with what they carry; and none in time.
pub fn sigtimedwait() -> io::Result<()> {
    let queued = libc::SIGRTMIN() + 2;
    let bits = |signals: &[i32]| signals.iter().fold(0_u64, |bits, signal| bits | 1 << (signal - 1));
    let set = bits(&[libc::SIGUSR1, queued]);
    // SAFETY: the set outlives the call.
    unsafe { kernel(libc::SYS_rt_sigprocmask, &[libc::SIG_BLOCK as usize, address(&set), 0, 8]) }?;
    let this = getpid();
    for value in [5, -1] {
        let value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(value as usize) };
        // SAFETY: integers only; the value is handed on and never followed.
        done(unsafe { libc::sigqueue(this.as_raw(), queued, value) })?;
    }
    kill(this, Signal::SIGUSR1)?;
    let soon = libc::timespec { tv_sec: 0, tv_nsec: 3_000_000 };
    let mut info = [0_u64; 16];
    let mut wait = |timeout: usize| {
        // SAFETY: room for a siginfo_t, and what the pointers lead to outlives the call.
        unsafe { kernel(libc::SYS_rt_sigtimedwait, &[address(&set), address_mut(&mut info), timeout, 8]) }
    };
    wait(0)?;
    wait(address(&soon))?;
    wait(0)?;
    refused(Errno::EAGAIN, wait(address(&soon)))?;
    raise(Signal::SIGUSR1)?;
    wait(0)?;
    // SAFETY: as above; nobody wants the siginfo.
    refused(Errno::EAGAIN, unsafe { kernel(libc::SYS_rt_sigtimedwait, &[address(&set), 0, address(&soon), 8]) })
}

/// Real-time signals that a handler takes, each with its value: those that came meanwhile in the order of
/// their numbers, and of one number in the order in which they were sent.
pub fn queued_signals_and_their_handler() -> io::Result<()> {
    static VALUES: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn take(_signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
        // SAFETY: the kernel gives a valid siginfo, and these signals carry a value.
        let value = unsafe { (*info).si_value() }.sival_ptr.addr();
        VALUES.store(VALUES.load(Ordering::SeqCst) * 10 + value, Ordering::SeqCst);
    }
    let (low, high) = (libc::SIGRTMIN() + 3, libc::SIGRTMIN() + 7);
    let send = |signal: i32, value: usize| {
        let value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(value) };
        // SAFETY: integers only; the value is handed on and never followed.
        done(unsafe { libc::sigqueue(getpid().as_raw(), signal, value) })
    };
    let set = 1_u64 << (low - 1) | 1 << (high - 1);
    let change = |how: i32| {
        // SAFETY: the set outlives the call.
        unsafe { kernel(libc::SYS_rt_sigprocmask, &[how as usize, address(&set), 0, 8]) }
    };
    for signal in [low, high] {
        // SAFETY: all zeroes is an empty set without flags.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = take as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        for other in [low, high] {
            // SAFETY: the set is initialised, and outlives the call.
            unsafe { libc::sigaddset(&raw mut action.sa_mask, other) };
        }
        // SAFETY: the handler only reads its siginfo and stores to an atomic.
        done(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) })?;
    }
    send(high, 9)?;
    change(libc::SIG_BLOCK)?;
    send(high, 3)?;
    send(low, 1)?;
    send(low, 2)?;
    change(libc::SIG_UNBLOCK)?;
    assert_eq!(VALUES.load(Ordering::SeqCst), 9123, "each value came, in order");
    Ok(())
}

/// A real-time signal that a socket's readiness queues, with its descriptor; and plain SIGIO.
pub fn signal_driven_io() -> io::Result<()> {
    let (left, right) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::empty())?;
    let queued = libc::SIGRTMIN() + 1;
    let mut set = SigSet::empty();
    set.add(Signal::SIGIO);
    set.thread_block()?;
    let bits = 1_u64 << (queued - 1) | 1 << (libc::SIGIO - 1);
    // SAFETY: the set outlives the call.
    unsafe { kernel(libc::SYS_rt_sigprocmask, &[libc::SIG_BLOCK as usize, address(&bits), 0, 8]) }?;
    let control = |command: i32, argument: i32| {
        let words = [word(&left), command as usize, argument.cast_unsigned() as usize];
        // SAFETY: these commands take integers.
        unsafe { kernel(libc::SYS_fcntl, &words) }
    };
    control(libc::F_SETOWN, getpid().as_raw())?;
    fcntl(&left, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    let take = || {
        let mut info = [0_u64; 16];
        // SAFETY: room for a siginfo_t, and the set outlives the call.
        unsafe { kernel(libc::SYS_rt_sigtimedwait, &[address(&bits), address_mut(&mut info), 0, 8]) }
    };
    write(&right, b"plain")?;
    take()?;
    read(&left, &mut [0; 16])?;
    control(F_SETSIG, queued)?;
    write(&right, b"queued")?;
    write(&right, b"and again")?;
    take()?;
    take()?;
    control(F_SETSIG, libc::SIGIO)?;
    write(&right, b"with its descriptor")?;
    take()?;
    handle_with(Signal::SIGIO, SaFlags::SA_SIGINFO)?;
    set.thread_unblock()?;
    drop(right);
    until(|| handled() > 0);
    Ok(())
}

// asm-generic/fcntl.h
const F_SETSIG: i32 = 10;

/// A mask that holds only while the call sleeps.
pub fn sigsuspend_and_pause() -> io::Result<()> {
    handle_with(Signal::SIGUSR1, SaFlags::SA_RESTART)?;
    SigSet::from(Signal::SIGUSR1).thread_block()?;
    let none = SigSet::empty();
    raise(Signal::SIGUSR1)?;
    none.suspend()?;
    when_asleep(&[libc::SYS_rt_sigsuspend], |sleeper| tell(sleeper, Signal::SIGUSR1), || none.suspend())??;
    SigSet::from(Signal::SIGUSR1).thread_unblock()?;
    when_asleep(&PAUSES, |sleeper| tell(sleeper, Signal::SIGUSR1), nix::unistd::pause)
}

#[cfg(target_arch = "x86_64")]
const PAUSES: [i64; 1] = [libc::SYS_pause];
#[cfg(not(target_arch = "x86_64"))]
const PAUSES: [i64; 1] = [libc::SYS_ppoll];

/// A signal that kills: a child that nobody handles anything in.
pub fn a_fatal_signal() -> io::Result<()> {
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, fork};
    let (reader, writer) = pipe()?;
    // SAFETY: the child only reads.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(writer);
            // The parent never writes.
            let _ = read(&reader, &mut [0; 1]);
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(1) }
        }
        ForkResult::Parent { child } => {
            Thread::first_of(child).until_asleep_in(&[libc::SYS_read]);
            SigSet::from(Signal::SIGCHLD).thread_block()?;
            kill(child, Signal::SIGTERM)?;
            waitpid(child, None)?;
            refused(Errno::ESRCH, kill(child, Signal::SIGTERM))
        }
    }
}
