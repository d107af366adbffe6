//! ptrace(2), one safe function a request.
//!
//! libc's calls and not nix's: nix cannot carry a real-time signal, and drops the stop that
//! brought one.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// What the kernel tells of a task that stopped at a call: [`PTRACE_GET_SYSCALL_INFO`] (Linux 5.3),
/// the same on every architecture.
pub(crate) enum At {
    /// On its way in.
    Entry { number: i64, arguments: [u64; 6] },
    /// On its way out, with the kernel's raw answer: a negative errno, or a value.
    Exit { answer: i64 },
    /// Not at a call.
    Elsewhere,
}

/// The events to be told of, and the promise that nothing outlives the tracer.
const OPTIONS: i32 = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_EXITKILL;

fn request(what: libc::c_uint, tid: i32, address: usize, data: usize) -> io::Result<i64> {
    // SAFETY: every request used here takes integers, or pointers that its caller keeps valid.
    let answer = unsafe { libc::ptrace(what, tid, address, data) };
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// Attaches to a running task without stopping it. Never PTRACE_INTERRUPT: it breaks sleeps.
pub(crate) fn seize(tid: i32) -> io::Result<()> {
    request(libc::PTRACE_SEIZE, tid, 0, OPTIONS.cast_unsigned() as usize).map(drop)
}

/// Lets a stopped task run until its next call that the filter names.
pub(crate) fn go_on(tid: i32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_CONT, tid, 0, signal.cast_unsigned() as usize).map(drop)
}

/// Lets a task that stopped on its way into a call run until its way out.
pub(crate) fn go_on_to_exit(tid: i32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_SYSCALL, tid, 0, signal.cast_unsigned() as usize).map(drop)
}

/// Leaves a task in its group stop (SIGSTOP and the like) until SIGCONT.
pub(crate) fn listen(tid: i32) -> io::Result<()> {
    request(libc::PTRACE_LISTEN, tid, 0, 0).map(drop)
}

/// The task that a clone, fork or exec event speaks of.
pub(crate) fn event_message(tid: i32) -> io::Result<i32> {
    let mut message: libc::c_ulong = 0;
    request(libc::PTRACE_GETEVENTMSG, tid, 0, &raw mut message as usize)?;
    Ok(i32::try_from(message).unwrap_or(0))
}

/// The signal that a task is about to take.
pub(crate) fn signal_info(tid: i32) -> io::Result<libc::siginfo_t> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    request(libc::PTRACE_GETSIGINFO, tid, 0, info.as_mut_ptr() as usize)?;
    // SAFETY: the kernel filled it, and all zeroes were valid before.
    Ok(unsafe { info.assume_init() })
}

/// Which call a stopped task stands at, and on which side of it.
pub(crate) fn syscall_info(tid: i32) -> io::Result<At> {
    let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
    let size = size_of::<libc::ptrace_syscall_info>();
    request(libc::PTRACE_GET_SYSCALL_INFO, tid, size, info.as_mut_ptr() as usize)?;
    // SAFETY: all zeroes are valid, and the kernel filled what `op` says.
    let info = unsafe { info.assume_init() };
    Ok(match info.op {
        libc::PTRACE_SYSCALL_INFO_SECCOMP => {
            // SAFETY: `op` names the member of the union that was filled.
            let at = unsafe { info.u.seccomp };
            At::Entry { number: at.nr.cast_signed(), arguments: at.args }
        }
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: as above.
            let at = unsafe { info.u.entry };
            At::Entry { number: at.nr.cast_signed(), arguments: at.args }
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: as above.
            At::Exit { answer: unsafe { info.u.exit.sval } }
        }
        _ => At::Elsewhere,
    })
}

/// What waitpid(2) told.
pub(crate) struct Change {
    pub(crate) tid: i32,
    pub(crate) status: i32,
}

/// Waits for a change in a task of this thread's; with `sleep` false only looks.
/// `Ok(None)`: nothing new. ECHILD: no task is left.
pub(crate) fn wait(sleep: bool) -> io::Result<Option<Change>> {
    let mut status = 0;
    let flags = libc::__WALL | libc::__WNOTHREAD | if sleep { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: `status` outlives the call.
        let tid = unsafe { libc::waitpid(-1, &raw mut status, flags) };
        match tid {
            0 => return Ok(None),
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            -1 => return Err(io::Error::last_os_error()),
            tid => return Ok(Some(Change { tid, status })),
        }
    }
}

/// Copies from another process's memory; how much came, from the start.
pub(crate) fn read_memory(pid: i32, address: u64, into: &mut [u8]) -> usize {
    let here = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let there = libc::iovec { iov_base: ptr::with_exposed_provenance_mut(address as usize), iov_len: into.len() };
    // SAFETY: `here` describes `into`; the kernel checks `there` against the other process.
    let got = unsafe { libc::process_vm_readv(pid, &raw const here, 1, &raw const there, 1, 0) };
    usize::try_from(got).unwrap_or(0)
}
