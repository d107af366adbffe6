//! Whether a thread sleeps in a system call, and in which.
//!
//! `/proc/PID/task/TID/syscall` alone is stale between a wake-up and the moment the thread
//! runs again; the state alone may belong to another sleep. Both together are the truth:
//! a thread in state `S` with a call's number sleeps in that call (proc(5)).

use std::fs;

/// A system call that a thread sleeps in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sleep {
    /// The kernel's number of the call.
    pub number: i64,
    /// Its arguments, as they lie in the registers.
    pub arguments: [u64; 6],
}

/// The call in which thread `tid` of process `pid` sleeps now; `None` where it runs, is
/// stopped by a tracer, or is gone.
#[must_use]
pub fn asleep(pid: i32, tid: i32) -> Option<Sleep> {
    let of = |file: &str| fs::read_to_string(format!("/proc/{pid}/task/{tid}/{file}")).ok();
    if state(&of("stat")?)? != 'S' {
        return None;
    }
    let call = of("syscall")?;
    let mut words = call.split_whitespace();
    // "running" is no number: the thread left the call while we looked.
    let number = words.next()?.parse().ok()?;
    let mut arguments = [0; 6];
    for argument in &mut arguments {
        *argument = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    }
    // The thread may have woken between the two reads, and the number be stale: ask again.
    if state(&of("stat")?)? != 'S' {
        return None;
    }
    Some(Sleep { number, arguments })
}

/// The state letter of a `stat` line. The name before it may hold anything but ends at the
/// last parenthesis.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

impl Sleep {
    /// Whether time alone may end it.
    #[must_use]
    pub fn has_timeout(&self) -> bool {
        let given = |place: usize| self.arguments[place] != 0;
        let not_negative = |place: usize| self.arguments[place] as i32 >= 0;
        match self.number {
            #[cfg(target_arch = "x86_64")]
            libc::SYS_poll => not_negative(2),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_epoll_wait => not_negative(3),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_select => given(4),
            libc::SYS_epoll_pwait => not_negative(3),
            libc::SYS_epoll_pwait2 | libc::SYS_futex | libc::SYS_semtimedop => given(3),
            libc::SYS_ppoll | libc::SYS_rt_sigtimedwait => given(2),
            libc::SYS_pselect6 | libc::SYS_io_getevents | libc::SYS_recvmmsg => given(4),
            libc::SYS_nanosleep | libc::SYS_clock_nanosleep | libc::SYS_restart_syscall => true,
            _ => false,
        }
    }
}
