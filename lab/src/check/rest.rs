//! A peer that waits until all of the subject's threads sleep.

use std::fs;
use std::thread;

use super::peer::{Gone, LOOK_INTERVAL, Peer};
use crate::asleep::{Sleep, asleep};

impl Peer<'_> {
    /// Waits until every thread of the subject sleeps in a call.
    ///
    /// # Errors
    /// The subject ended first.
    pub fn until_all_asleep(&self) -> Result<(), Gone> {
        self.wait();
        let (pid, _) = self.stage.subject()?;
        let mut before = None;
        loop {
            // Who slept when it was looked at may have been woken by one that was looked at later: so twice the same.
            let now = all_asleep(pid);
            if now.is_some() && now == before {
                self.act();
                return Ok(());
            }
            if self.stage.has_ended() {
                return Err(Gone::ended());
            }
            before = now;
            thread::sleep(LOOK_INTERVAL);
        }
    }
}

/// Every thread's sleep, with how often it was put to sleep before; `None` where one runs.
fn all_asleep(pid: i32) -> Option<Vec<(i32, Sleep, String)>> {
    let thread = |tid: i32| {
        let sleep = asleep(pid, tid)?;
        let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
        let switches = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        Some((tid, sleep, switches.to_owned()))
    };
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    tasks.map(|task| thread(task.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}
