//! Calls that a signal breaks off: which end with EINTR, and which the kernel starts again.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::stat::Mode;
use nix::unistd::{pipe, read, write};

use super::signals::{handle_with, handled, tell, when_asleep};
use super::{POLLS, address, address_mut, done, in_a_folder, kernel, refused, until};

#[cfg(target_arch = "x86_64")]
const EPOLL_WAITS: [i64; 2] = [libc::SYS_epoll_wait, libc::SYS_epoll_pwait];
#[cfg(not(target_arch = "x86_64"))]
const EPOLL_WAITS: [i64; 1] = [libc::SYS_epoll_pwait];
const SLEEPS: [i64; 2] = [libc::SYS_nanosleep, libc::SYS_clock_nanosleep];

/// alarm, and a read that it breaks off for good.
pub fn an_alarm_that_interrupts() -> io::Result<()> {
    handle_with(Signal::SIGALRM, SaFlags::empty())?;
    let (reader, _writer) = pipe()?;
    let alarm = |_| assert_eq!(nix::unistd::alarm::set(1), None, "no alarm was set before");
    refused(Errno::EINTR, when_asleep(&[libc::SYS_read], alarm, || read(&reader, &mut [0; 8]))?)
}

/// An interval timer, and a read that goes on after it.
pub fn an_alarm_that_restarts() -> io::Result<()> {
    handle_with(Signal::SIGALRM, SaFlags::SA_RESTART)?;
    let (reader, writer) = pipe()?;
    let alarm = |sleeper: super::Thread| {
        let soon = [0_i64, 0, 0, 1_000];
        // SAFETY: the kernel reads the four numbers of an itimerval.
        unsafe { kernel(libc::SYS_setitimer, &[0, address(&soon), 0]) }.expect("a timer can be set");
        until(|| handled() == 1);
        sleeper.until_asleep_in(&[libc::SYS_read]);
        write(&writer, b"after all").expect("there is a reader");
    };
    when_asleep(&[libc::SYS_read], alarm, || read(&reader, &mut [0; 16]))??;
    Ok(())
}

/// Sleeps that end early, whatever the handler's flags say (signal(7)).
pub fn interrupted_sleeps() -> io::Result<()> {
    handle_with(Signal::SIGUSR1, SaFlags::SA_RESTART)?;
    let wake = |sleeper| tell(sleeper, Signal::SIGUSR1);
    let long = libc::timespec { tv_sec: 100, tv_nsec: 5 };
    let mut left = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: both times outlive the call.
    let sleep = || unsafe { kernel(libc::SYS_nanosleep, &[address(&long), address_mut(&mut left)]) };
    refused(Errno::EINTR, when_asleep(&SLEEPS, wake, sleep)?)?;
    let clock = libc::CLOCK_MONOTONIC as usize;
    // SAFETY: as above.
    let sleep = || unsafe { kernel(libc::SYS_clock_nanosleep, &[clock, 0, address(&long), 0]) };
    refused(Errno::EINTR, when_asleep(&SLEEPS, wake, sleep)?)?;
    let far = libc::timespec { tv_sec: 1 << 40, tv_nsec: 0 };
    // SAFETY: as above.
    let sleep = || unsafe { kernel(libc::SYS_clock_nanosleep, &[clock, 1, address(&far), 0]) };
    refused(Errno::EINTR, when_asleep(&SLEEPS, wake, sleep)?)?;
    let short = libc::timespec { tv_sec: 0, tv_nsec: 1_000 };
    // SAFETY: the time outlives the call.
    unsafe { kernel(libc::SYS_nanosleep, &[address(&short), 0]) }?;
    // SAFETY: as above.
    done(unsafe { libc::nanosleep(&raw const short, std::ptr::null_mut()) })?;
    Ok(())
}

/// Waits for readiness never start again after a handler.
pub fn interrupted_waits() -> io::Result<()> {
    handle_with(Signal::SIGUSR1, SaFlags::SA_RESTART)?;
    let wake = |sleeper| tell(sleeper, Signal::SIGUSR1);
    let (reader, _writer) = pipe()?;
    let wait = || poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
    refused(Errno::EINTR, when_asleep(&POLLS, wake, wait)?)?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let wait = || epoll.wait(&mut [EpollEvent::empty(); 2], EpollTimeout::NONE);
    refused(Errno::EINTR, when_asleep(&EPOLL_WAITS, wake, wait)?)?;
    // SAFETY: no set, no time, no mask.
    let wait = || unsafe { kernel(libc::SYS_pselect6, &[0; 6]) };
    refused(Errno::EINTR, when_asleep(&[libc::SYS_pselect6], wake, wait)?)?;
    let set = 1_u64 << (libc::SIGUSR2 - 1);
    // SAFETY: the set outlives the call.
    let wait = || unsafe { kernel(libc::SYS_rt_sigtimedwait, &[address(&set), 0, 0, 8]) };
    refused(Errno::EINTR, when_asleep(&[libc::SYS_rt_sigtimedwait], wake, wait)?)
}

/// Signals that are ignored, by default and by wish, while calls sleep that the kernel starts again. What it
/// does not start again, epoll_wait and the like, ends with EINTR under strace, which lab undoes: there the
/// two differ.
pub fn signals_that_nobody_handles() -> io::Result<()> {
    // SAFETY: ignoring runs nothing.
    unsafe { sigaction(Signal::SIGUSR1, &SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty())) }?;
    let (reader, writer) = pipe()?;
    for signal in [Signal::SIGURG, Signal::SIGUSR1] {
        let nudge_and_feed = |calls: &'static [i64]| {
            let writer = &writer;
            move |sleeper: super::Thread| {
                let again = [calls, &[libc::SYS_restart_syscall]].concat();
                sleeper.until_asleep_again_in(&again, || tell(sleeper, signal));
                write(writer, b"after all").expect("there is a reader");
            }
        };
        let wait = || poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
        when_asleep(&POLLS, nudge_and_feed(&POLLS), wait)??;
        read(&reader, &mut [0; 16])?;
        when_asleep(&[libc::SYS_read], nudge_and_feed(&[libc::SYS_read]), || read(&reader, &mut [0; 16]))??;
    }
    Ok(())
}

/// A lock that another holds: the wait starts again after a signal, and ends when the lock is given up.
pub fn a_lock_that_is_waited_for() -> io::Result<()> {
    in_a_folder(|| {
        handle_with(Signal::SIGUSR1, SaFlags::SA_RESTART)?;
        let make = || open("locked", OFlag::O_RDWR | OFlag::O_CREAT, Mode::S_IRUSR | Mode::S_IWUSR);
        let (holder, waiter) = (make()?, make()?);
        let lock = libc::flock {
            l_type: libc::F_WRLCK as i16,
            l_whence: libc::SEEK_SET as i16,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        fcntl(&holder, FcntlArg::F_OFD_SETLK(&lock))?;
        let release = |sleeper: super::Thread| {
            tell(sleeper, Signal::SIGUSR1);
            until(|| handled() == 1);
            sleeper.until_asleep_in(&[libc::SYS_fcntl]);
            drop(holder);
        };
        when_asleep(&[libc::SYS_fcntl], release, || fcntl(&waiter, FcntlArg::F_OFD_SETLKW(&lock)))??;
        Ok(())
    })
}

/// A write that waits for room: a signal ends it with what it has written so far.
pub fn a_write_that_is_cut_short() -> io::Result<()> {
    handle_with(Signal::SIGUSR1, SaFlags::SA_RESTART)?;
    let (reader, writer) = pipe()?;
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096))?;
    let wake = |sleeper| tell(sleeper, Signal::SIGUSR1);
    let written = when_asleep(&[libc::SYS_write], wake, || write(&writer, &[b'x'; 6000]))??;
    assert_eq!(written, 4096, "what fits is written");
    let wake_and_drain = |sleeper: super::Thread| {
        tell(sleeper, Signal::SIGUSR1);
        until(|| handled() == 2);
        sleeper.until_asleep_in(&[libc::SYS_write]);
        assert_eq!(read(&reader, &mut [0; 5000]), Ok(4096), "what was written is there");
    };
    when_asleep(&[libc::SYS_write], wake_and_drain, || write(&writer, b"nothing of it yet"))??;
    Ok(())
}
