//! Processes that are stopped and go on.

use std::io;
use std::os::fd::AsFd;
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{ForkResult, Pid, fork, pipe, read, write};

use super::{POLLS, Thread, address, kernel, quietly, threads, until_threads};

/// SIGSTOP and SIGCONT: sleeps that are broken off and go on, seen by the parent too.
pub fn a_group_stop() -> io::Result<()> {
    // With SA_NOCLDSTOP the parent gets no signal for a stop, only for an end.
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::SA_NOCLDSTOP, SigSet::empty());
    // SAFETY: the default runs nothing.
    unsafe { sigaction(Signal::SIGCHLD, &action) }?;
    let (reader, writer) = pipe()?;
    // SAFETY: the child only sleeps and reads, and leaves by _exit.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(writer);
            stopped(&reader);
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(5) }
        }
        ForkResult::Parent { child } => {
            drop(reader);
            for sleep in [&POLLS[..], &[libc::SYS_read]] {
                stop_and_continue(child, sleep)?;
                // What goes on is the call itself, or restart_syscall in its place.
                Thread::first_of(child).until_asleep_in(&[sleep, &[libc::SYS_restart_syscall]].concat());
                write(&writer, b"go on")?;
            }
            stop_and_continue(child, &[libc::SYS_nanosleep])?;
            Thread::first_of(child).until_asleep_in(&[libc::SYS_restart_syscall]);
            SigSet::from(Signal::SIGCHLD).thread_block()?;
            kill(child, Signal::SIGKILL)?;
            waitpid(child, None)?;
            Ok(())
        }
    }
}

fn stopped(reader: &impl AsFd) {
    // A time that never comes: only then is the sleep one that restart_syscall continues.
    let long = PollTimeout::try_from(100_000).expect("a short time");
    // The parent sees what comes of these; the child has nobody to tell.
    let _ = poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], long);
    let _ = read(reader, &mut [0; 16]);
    let _ = read(reader, &mut [0; 16]);
    let time = libc::timespec { tv_sec: 100, tv_nsec: 0 };
    // SAFETY: the time outlives the call.
    let _ = unsafe { kernel(libc::SYS_nanosleep, &[address(&time), 0]) };
}

fn stop_and_continue(child: Pid, sleep: &[i64]) -> io::Result<()> {
    Thread::first_of(child).until_asleep_in(sleep);
    kill(child, Signal::SIGSTOP)?;
    waitpid(child, Some(WaitPidFlag::WUNTRACED))?;
    kill(child, Signal::SIGCONT)?;
    waitpid(child, Some(WaitPidFlag::WCONTINUED))?;
    Ok(())
}

/// SIGSTOP for a process of two threads: both stop, and both go on.
pub fn a_group_stop_of_two_threads() -> io::Result<()> {
    SigSet::from(Signal::SIGCHLD).thread_block()?;
    let (reader, writer) = pipe()?;
    let (told, tell) = pipe()?;
    // SAFETY: the child starts a thread and reads, and leaves by _exit.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let before = threads();
            // Who takes SIGCONT would be anybody's guess if both could.
            let gone_on = SigSet::from(Signal::SIGCONT);
            gone_on.thread_block().expect("signals can be blocked");
            let second = thread::spawn(move || {
                let number = nix::unistd::gettid().as_raw();
                quietly(|| write(&tell, &number.to_ne_bytes())).expect("the parent listens");
                // What comes is compared by whoever traces it.
                let _ = read(&reader, &mut [0; 1]);
            });
            gone_on.thread_unblock().expect("signals can be blocked");
            second.join().expect("it does not panic");
            until_threads(before);
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(6) }
        }
        ForkResult::Parent { child } => {
            let mut number = [0; 4];
            quietly(|| read(&told, &mut number))?;
            let (first, second) =
                (Thread::first_of(child), Thread { pid: child.as_raw(), tid: i32::from_ne_bytes(number) });
            first.until_asleep_in(&[libc::SYS_futex]);
            second.until_asleep_in(&[libc::SYS_read]);
            kill(child, Signal::SIGSTOP)?;
            waitpid(child, Some(WaitPidFlag::WUNTRACED))?;
            kill(child, Signal::SIGCONT)?;
            waitpid(child, Some(WaitPidFlag::WCONTINUED))?;
            second.until_asleep_in(&[libc::SYS_read]);
            write(&writer, b"!")?;
            waitpid(child, None)?;
            Ok(())
        }
    }
}
