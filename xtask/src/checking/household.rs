//! Nothing of a check outlives it: not cargo, not a compiler, not the test, not what the reader's code
//! started, whatever that did to hide.
//!
//! Cargo leads a process group of its own, so that one call ends it with its children. Who left the
//! group (setsid(2)) and lost its parents is handed to us: we are a subreaper, prctl(2).

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{self, Command};
use std::ptr;

use super::signals::uncatch;

/// A command that was started, and all that comes from it.
#[derive(Debug)]
pub struct Household {
    /// Who leads the group.
    pub leader: process::Child,
    /// Children that we had before: a shell that became us may have left us some.
    others: Vec<libc::pid_t>,
}

/// Starts a command that leads a group of its own and ends when we do.
pub fn start(command: &mut Command) -> io::Result<Household> {
    const YES: libc::c_ulong = 1;
    // Where a kernel refuses this, those who hide stay hidden; nobody is judged by it.
    // SAFETY: integers only.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, YES) };
    command.process_group(0);
    let prepare = || {
        uncatch();
        // Should we be killed outright, cargo starts nothing further.
        // SAFETY: integers only.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong) };
        Ok(())
    };
    // SAFETY: between fork and exec, only calls that are safe there are made.
    unsafe { command.pre_exec(prepare) };
    let others = children();
    Ok(Household { leader: command.spawn()?, others })
}

impl Household {
    /// Ends it, and waits until it has.
    pub fn end(&mut self) {
        let group = self.leader.id().cast_signed();
        // SAFETY: integers only. The leader was not waited for, so the group's number is not another's yet.
        unsafe { libc::kill(-group, libc::SIGKILL) };
        // It was killed, so it ends.
        let _ = self.leader.wait();
        self.sweep();
    }

    /// Once the leader has ended: ends whoever was left behind, and takes leave of them all.
    pub fn sweep(&self) {
        loop {
            let left: Vec<_> = children().into_iter().filter(|pid| !self.others.contains(pid)).collect();
            if left.is_empty() {
                return;
            }
            for pid in left {
                // SAFETY: integers only. A child's number is its own until we have waited for it.
                unsafe {
                    libc::kill(pid, libc::SIGKILL);
                    libc::waitpid(pid, ptr::null_mut(), 0);
                }
            }
        }
    }
}

/// Our children; proc(5) calls the file right only while they do not change, so it is asked again until
/// there are none.
fn children() -> Vec<libc::pid_t> {
    // SAFETY: gettid has no preconditions.
    let thread = unsafe { libc::gettid() };
    let children = fs::read_to_string(format!("/proc/self/task/{thread}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
