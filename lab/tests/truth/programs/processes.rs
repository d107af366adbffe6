//! Threads and processes: who hands over, who waits, who ends how.

use std::ffi::CStr;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::ptr;
use std::thread;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction};
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, execve, fork, getpid, pipe, read, write};

use super::signals::handle_with;
use super::{Thread, kernel, owned, quietly, refused, threads, until_threads};

/// Two threads that hand over to one another.
pub fn threads_that_hand_over_by_a_pipe() -> io::Result<()> {
    let (to_one, from_other) = pipe()?;
    let (to_other, from_one) = pipe()?;
    let before = threads();
    thread::scope(|scope| {
        let one = scope.spawn(move || -> nix::Result<()> {
            for _ in 0..3 {
                read(&to_one, &mut [0; 8])?;
                write(&from_one, b"one")?;
            }
            Ok(())
        });
        let other = scope.spawn(move || -> nix::Result<()> {
            for _ in 0..3 {
                write(&from_other, b"other")?;
                read(&to_other, &mut [0; 8])?;
            }
            Ok(())
        });
        one.join().and(other.join()).expect("no thread panics")
    })?;
    until_threads(before);
    Ok(())
}

/// A child that waits until its parent does, so that its end comes then.
pub(super) fn child(parent: Thread, in_call: i64, work: impl FnOnce()) -> io::Result<Pid> {
    // SAFETY: the child only makes system calls, and leaves by _exit.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            parent.until_asleep_in(&[in_call]);
            work();
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(42) }
        }
    }
}

/// Children that exit and that are killed, waited for in every way.
pub fn fork_and_wait() -> io::Result<()> {
    let this = Thread::this();
    let one = child(this, libc::SYS_wait4, || {})?;
    assert_eq!(waitpid(one, Some(WaitPidFlag::WNOHANG))?.pid(), None, "it waits for us");
    assert_eq!(waitid(Id::Pid(one), WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED)?.pid(), None, "still");
    waitpid(one, None)?;
    child(this, libc::SYS_wait4, || kill(getpid(), Signal::SIGKILL).expect("a process may kill itself"))?;
    waitpid(None, None)?;
    let another = child(this, libc::SYS_waitid, || {})?;
    waitid(Id::Pid(another), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)?;
    waitid(Id::Pid(another), WaitPidFlag::WEXITED)?;
    refused(Errno::ECHILD, waitid(Id::All, WaitPidFlag::WEXITED))?;
    refused(Errno::ECHILD, waitpid(None, None))
}

/// A child's end that breaks a read off.
pub fn a_childs_end_that_interrupts() -> io::Result<()> {
    handle_with(Signal::SIGCHLD, SaFlags::SA_NOCLDSTOP)?;
    let (reader, _writer) = pipe()?;
    let ended = child(Thread::this(), libc::SYS_read, || {})?;
    refused(Errno::EINTR, read(&reader, &mut [0; 8]))?;
    waitpid(ended, None)?;
    Ok(())
}

/// A pidfd that becomes readable when its process ends.
pub fn a_pidfd_that_becomes_ready() -> io::Result<()> {
    SigSet::from(Signal::SIGCHLD).thread_block()?;
    let (reader, writer) = pipe()?;
    // SAFETY: the child only reads, and leaves by _exit.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(writer);
            // It returns 0 when the parent closes its end.
            let _ = read(&reader, &mut [0; 1]);
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            // SAFETY: integers only.
            let pidfd = owned(unsafe { kernel(libc::SYS_pidfd_open, &[child.as_raw().cast_unsigned() as usize, 0]) }?);
            poll(&mut [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)?;
            drop((reader, writer));
            poll(&mut [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
            waitid(Id::PIDFd(pidfd.as_fd()), WaitPidFlag::WEXITED)?;
            Ok(())
        }
    }
}

/// A process that becomes another program, by fork and by the library's spawn (vfork's way).
pub fn fork_vfork_and_exec() -> io::Result<()> {
    SigSet::from(Signal::SIGCHLD).thread_block()?;
    let none: [&CStr; 0] = [];
    refused(Errno::ENOENT, execve(c"/nowhere/at/all", &[c"all"], &none))?;
    let places = [c"/bin/true", c"/usr/bin/true", c"/run/current-system/sw/bin/true"];
    let is_there = |place: &&CStr| quietly(|| place.to_str().is_ok_and(|place| Path::new(place).exists()));
    let Some(program) = places.into_iter().find(is_there) else { return Ok(()) };
    // SAFETY: the child only execs, and leaves by _exit where that fails.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let failed = execve(program, &[c"true"], &none);
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(failed.map_or(99, |never| match never {})) }
        }
        ForkResult::Parent { child } => waitpid(child, None)?,
    };
    let mut spawned = 0;
    let (arguments, environment) = ([c"true".as_ptr().cast_mut(), ptr::null_mut()], [ptr::null_mut()]);
    // SAFETY: the path and the null-terminated lists outlive the call.
    let answer = unsafe {
        libc::posix_spawn(
            &raw mut spawned,
            program.as_ptr(),
            ptr::null(),
            ptr::null(),
            arguments.as_ptr(),
            environment.as_ptr(),
        )
    };
    assert_eq!(answer, 0, "{program:?} can be started");
    waitpid(Pid::from_raw(spawned), None)?;
    Ok(())
}

/// A thread that ends the whole process while the others sleep.
pub fn exit_while_others_sleep() -> io::Result<()> {
    SigSet::from(Signal::SIGCHLD).thread_block()?;
    let (reader, writer) = pipe()?;
    // SAFETY: the child only starts a thread, and leaves by _exit.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let this = Thread::this();
            thread::spawn(move || {
                this.until_asleep_in(&[libc::SYS_read]);
                // SAFETY: _exit has no preconditions.
                unsafe { libc::_exit(3) }
            });
            // The process ends meanwhile.
            let _ = read(&reader, &mut [0; 1]);
            unreachable!("nobody writes");
        }
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
            drop((reader, writer));
            Ok(())
        }
    }
}

/// Children that nobody has to wait for, one that aborts, and one that touches what is not there.
pub fn ends_of_every_kind() -> io::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    let action = |flags| SigAction::new(SigHandler::SigDfl, flags, SigSet::empty());
    let this = Thread::this();
    // SAFETY: the default runs nothing.
    unsafe { sigaction(Signal::SIGCHLD, &action(SaFlags::SA_NOCLDWAIT)) }?;
    child(this, libc::SYS_wait4, || {})?;
    refused(Errno::ECHILD, waitpid(None, None))?;
    // SAFETY: as above.
    unsafe { sigaction(Signal::SIGCHLD, &action(SaFlags::empty())) }?;
    let aborted = child(this, libc::SYS_wait4, || {
        // SAFETY: abort has no preconditions.
        unsafe { libc::abort() }
    })?;
    waitpid(aborted, None)?;
    let astray = child(this, libc::SYS_wait4, || {
        // std has a handler for this, from before either tracer's account begins.
        // SAFETY: it is not: nothing is mapped there, and the signal that follows is the point.
        unsafe { ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
    })?;
    waitpid(astray, None)?;
    Ok(())
}

/// A handler that a forked process has from its parent, and one that is gone after it ran.
pub fn handlers_that_are_inherited_and_reset() -> io::Result<()> {
    SigSet::from(Signal::SIGCHLD).thread_block()?;
    handle_with(Signal::SIGUSR1, SaFlags::empty())?;
    handle_with(Signal::SIGWINCH, SaFlags::SA_RESETHAND | SaFlags::SA_RESTART)?;
    raise(Signal::SIGWINCH)?;
    raise(Signal::SIGWINCH)?;
    handle_with(Signal::SIGWINCH, SaFlags::SA_RESTART)?;
    let (reader, writer) = pipe()?;
    // SAFETY: the child only reads, and leaves by _exit.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let broken_off = read(&reader, &mut [0; 1]) == Err(Errno::EINTR);
            let restarted = read(&reader, &mut [0; 1]) == Ok(1);
            // SAFETY: _exit has no preconditions.
            unsafe { libc::_exit(i32::from(broken_off) + 2 * i32::from(restarted)) }
        }
        ForkResult::Parent { child } => {
            let reads = [libc::SYS_read];
            for signal in [Signal::SIGUSR1, Signal::SIGWINCH] {
                Thread::first_of(child).until_asleep_in(&reads);
                Thread::first_of(child).until_asleep_again_in(&reads, || kill(child, signal))?;
            }
            write(&writer, b"!")?;
            waitpid(child, None)?;
            Ok(())
        }
    }
}
