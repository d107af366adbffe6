//! What becomes of a signal: a task's masks, as `/proc` shows them (proc(5)).

use std::fs;

/// Signals as bits: bit 0 is signal 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Masks {
    /// Sent, and not taken yet.
    pending: u64,
    blocked: u64,
    ignored: u64,
    /// With a handler.
    caught: u64,
}

impl Masks {
    /// The masks of a task that is there.
    pub(super) fn of(tid: i32) -> Option<Masks> {
        let status = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
        let mask = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            u64::from_str_radix(line.trim(), 16).ok()
        };
        Some(Masks {
            pending: mask("SigPnd")? | mask("ShdPnd")?,
            blocked: mask("SigBlk")?,
            ignored: mask("SigIgn")?,
            caught: mask("SigCgt")?,
        })
    }

    /// Whether a handler will run for this signal.
    pub(super) fn catches(&self, signal: i32) -> bool {
        self.caught & bit(signal) != 0
    }

    /// Whether the task is about to take signals, and would take none without a tracer: those that it
    /// ignores are dropped where they are sent, unless somebody traces it (kernel/signal.c, `sig_ignored`).
    pub(super) fn takes_only_what_it_ignores(&self) -> bool {
        let by_default = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH, libc::SIGCONT].map(bit).iter().sum::<u64>();
        let taken = self.pending & !self.blocked;
        taken != 0 && taken & !(self.ignored | by_default & !self.caught) == 0
    }
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}
