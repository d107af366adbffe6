//! Keeps a subject's signals among its own processes.
//!
//! A fork that failed and was not looked at makes `kill(-1, SIGTERM)` of `kill(child, SIGTERM)`: it ends
//! everything that the reader may signal. Such a call does not reach the kernel; it fails with EPERM,
//! as it would for somebody who has no right to it.

use std::fs;
use std::io;

/// The calls that send a signal and are not in the table; the filter stops at them too.
pub(super) const OUTSIDE_THE_TABLE: [i64; 2] = [libc::SYS_tkill, libc::SYS_pidfd_send_signal];

/// Whether this call of process `pid` would send a signal to others than those that `observed` knows.
pub(super) fn forbids(pid: i32, number: i64, arguments: &[u64; 6], observed: impl Fn(i32) -> bool) -> bool {
    let argument = |place: usize| arguments[place] as i32;
    let (target, signal) = match number {
        libc::SYS_kill | libc::SYS_tkill | libc::SYS_rt_sigqueueinfo => (argument(0), argument(1)),
        libc::SYS_tgkill | libc::SYS_rt_tgsigqueueinfo => (argument(1), argument(2)),
        libc::SYS_pidfd_send_signal => (behind(pid, argument(0)), argument(1)),
        _ => return false,
    };
    let own = match target {
        -1 => false,
        // SAFETY: integers only.
        0 => observed(unsafe { libc::getpgid(pid) }),
        ..-1 => observed(-target) || !exists(target),
        1.. => observed(target) || !exists(target),
    };
    // Signal 0 only asks whether somebody is there.
    !own && signal != 0
}

/// The process behind a pidfd of process `pid` (proc(5), fdinfo); 0, the caller's own, where it is none.
fn behind(pid: i32, descriptor: i32) -> i32 {
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}")).unwrap_or_default();
    let target = info.lines().find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
    target.filter(|target| *target > 0).unwrap_or(0)
}

/// Whether a process or a group is there: the kernel is to say ESRCH itself where none is.
fn exists(target: i32) -> bool {
    // SAFETY: integers only.
    unsafe { libc::kill(target, 0) == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EPERM) }
}
