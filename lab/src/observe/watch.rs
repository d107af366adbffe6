//! The deadline, and who is seen asleep.
//!
//! The tracer sleeps in waitpid(2), which knows no timeout. A second thread keeps the time: it
//! looks now and then which calls have lasted, and whether their threads sleep in them; and when the
//! deadline comes it notes where everybody is, and kills them all, which wakes the tracer too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::stillness::{Still, kernel_is_idle, still};
use crate::asleep::{Sleep, asleep};

/// How often a call that lasts is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(4);

/// In how many looks in a row everybody and everything has to be at rest for a subject to count as stuck.
const LOOKS_FOR_STUCK: u32 = 4;

/// How much longer one is looked at that may be stuck when its time is up.
const PATIENCE: Duration = Duration::from_millis(400);

/// How much of the time from one look to the next counts.
const COUNTED_AT_MOST: Duration = Duration::from_millis(20);

/// After how many times its time it is cut off, however often that began anew.
const MOST_TIMES: u32 = 4;

/// How long a subject may take to reach its closure, on a loaded machine too.
const TIME_TO_BEGIN: Duration = Duration::from_secs(5);

/// How many threads are looked at to see whether any runs.
const THREADS_LOOKED_AT: usize = 64;

/// What the tracer and the watch both know.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// When the closure began.
    began: Option<Instant>,
    /// Every process of the subject's.
    processes: BTreeSet<i32>,
    /// Every thread, with its process.
    threads: BTreeMap<i32, i32>,
    /// The threads that are in a call.
    flights: BTreeMap<i32, Flight>,
    /// Whether a timer was armed that cannot be looked at: then no sleep is known to be endless.
    timed: bool,
    /// Whether nothing of the subject's may go on: what is heard of from here on is killed at once.
    doomed: bool,
    over: bool,
    cut: Option<Cut>,
}

/// Why and where a subject was cut off.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) why: Why,
    /// Who slept, and in what.
    pub(super) asleep: Vec<(i32, Sleep)>,
}

/// Why a subject is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The deadline came.
    Late,
    /// It used up the processor time that it may use without a sleep.
    Spinning,
    /// Nobody can move any more.
    Stuck,
}

/// When to cut a subject off.
pub(super) struct Limits<'a> {
    /// From where the closure begins, or somebody outside went on.
    pub(super) time: Duration,
    /// When somebody outside, who had waited for the subject, last went on.
    pub(super) resumed: Option<&'a (dyn Fn() -> Option<Instant> + Send + Sync)>,
    /// Processor time that its processes may use together from one sleep of all its threads to the next.
    pub(super) processor: Option<Duration>,
    /// Whether nobody outside will act any more; without it, no subject counts as stuck.
    pub(super) quiet: Option<&'a (dyn Fn() -> bool + Send + Sync)>,
}

/// How much of its time a subject has had.
struct Clock {
    looked: Instant,
    /// When the time that counts began.
    since: Option<Instant>,
    spent: Duration,
    /// However often it began anew.
    in_all: Duration,
}

impl Clock {
    fn new() -> Clock {
        Clock { looked: Instant::now(), since: None, spent: Duration::ZERO, in_all: Duration::ZERO }
    }

    /// Counts what has passed since the last look. While the watch waited for a processor, so did whom it watches, or
    /// the machine stood still: of a late look no more counts than of one that was nearly in time.
    fn tick(&mut self, now: Instant, began: Option<Instant>, limits: &Limits<'_>) {
        let passed = (now - self.looked).min(COUNTED_AT_MOST);
        self.looked = now;
        if self.since.is_none() && began.is_some() {
            self.in_all = Duration::ZERO;
        }
        // While it is waited for, and comes to rest, and is waited for again, it gets on: on a busy machine each such
        // step takes long.
        let resumed = limits.resumed.and_then(|resumed| resumed());
        let since = began.max(resumed.filter(|_| began.is_some()));
        if since > self.since {
            (self.since, self.spent) = (since, Duration::ZERO);
        }
        self.spent += passed;
        self.in_all += passed;
    }

    /// By how much its time is over; `None` before that.
    fn over(&self, limits: &Limits<'_>) -> Option<Duration> {
        match self.since {
            Some(_) => {
                let anew = self.in_all.checked_sub(limits.time * MOST_TIMES);
                self.spent.checked_sub(limits.time).max(anew)
            }
            None => self.in_all.checked_sub(TIME_TO_BEGIN),
        }
    }
}

#[derive(Debug)]
struct Flight {
    slept: bool,
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process is there, and will have to be killed.
    pub(super) fn started(&self, pid: i32) {
        let mut state = self.state();
        state.processes.insert(pid);
        if state.doomed {
            kill(&[pid].into());
        }
    }

    pub(super) fn began(&self, pid: i32, tid: i32) {
        self.started(pid);
        self.state().threads.insert(tid, pid);
    }

    /// The closure begins; so does its time.
    pub(super) fn begin(&self) {
        self.state().began = Some(Instant::now());
    }

    /// A timer was armed that cannot be looked at from outside.
    pub(super) fn timer_armed(&self) {
        self.state().timed = true;
    }

    pub(super) fn ended(&self, tid: i32) {
        let mut state = self.state();
        state.flights.remove(&tid);
        state.threads.remove(&tid);
        state.processes.remove(&tid);
    }

    pub(super) fn entered(&self, tid: i32) {
        self.state().flights.insert(tid, Flight { slept: false });
    }

    /// Whether the thread was seen asleep in the call that it leaves.
    pub(super) fn left(&self, tid: i32) -> bool {
        self.state().flights.remove(&tid).is_some_and(|flight| flight.slept)
    }

    /// Somebody else saw it asleep.
    pub(super) fn saw_asleep(&self, tid: i32) {
        if let Some(flight) = self.state().flights.get_mut(&tid) {
            flight.slept = true;
        }
    }

    /// The observation is over.
    pub(super) fn close(&self) {
        self.state().over = true;
        self.bell.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().over
    }

    /// Kills every process of the subject's that is left, and all that come.
    pub(super) fn kill_all(&self) {
        self.state().kill_all();
    }

    /// Why and where the subject was cut off, if it was.
    pub(super) fn cut(&self) -> Option<Cut> {
        self.state().cut.clone()
    }

    /// Keeps the time until the observation is over.
    pub(super) fn keep(&self, limits: &Limits<'_>) {
        let mut state = self.state();
        let mut before = None;
        let mut idle_looks = 0;
        let mut clock = Clock::new();
        // The processor time that it had used when all of it slept last.
        let mut rested = Duration::ZERO;
        while !state.over {
            clock.tick(Instant::now(), state.began, limits);
            let over = clock.over(limits);
            // Before it begins it waits for us alone.
            let quiet = state.began.is_some() && limits.quiet.is_some_and(|quiet| quiet());
            let still = if quiet { state.all_still() } else { None };
            // Who slept when everybody was quiet, and sleeps the same sleep now, will sleep for ever: unless the
            // kernel's tables were read while something moved from one to another. So it has to hold several times.
            let same = still.is_some() && still == before && kernel_is_idle(&state.processes);
            idle_looks = if same { idle_looks + 1 } else { 0 };
            let stuck = idle_looks >= LOOKS_FOR_STUCK;
            let may_be_stuck = still.is_some();
            before = still;
            let awake = limits.processor.map(|limit| {
                let used = processor_time(&state.processes);
                if state.rests() {
                    rested = used;
                }
                (used.saturating_sub(rested), limit)
            });
            let why = match awake {
                _ if stuck => Some(Why::Stuck),
                Some((awake, limit)) if awake > limit => Some(Why::Spinning),
                // On a busy machine a spin gets less of the processor.
                Some((awake, limit)) if over.is_some() && awake > limit / 5 => Some(Why::Spinning),
                _ if over.is_some_and(|over| !may_be_stuck || over >= PATIENCE) => Some(Why::Late),
                _ => None,
            };
            if let Some(why) = why {
                state.cut_off(why);
                return;
            }
            state.look();
            state = self.bell.wait_timeout(state, LOOK_INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    /// Notes which of the calls under way are slept in.
    fn look(&mut self) {
        let State { threads, flights, .. } = self;
        for (tid, flight) in flights.iter_mut().filter(|(_, flight)| !flight.slept) {
            flight.slept = threads.get(tid).is_some_and(|&pid| asleep(pid, *tid).is_some());
        }
    }

    /// Whether nobody runs. Where there are very many threads, some stand for all: a look at each would
    /// take longer than the interval.
    fn rests(&self) -> bool {
        self.threads.iter().take(THREADS_LOOKED_AT).all(|(&tid, &pid)| asleep(pid, tid).is_some())
    }

    /// Every thread's endless sleep; `None` where one has none.
    fn all_still(&self) -> Option<Vec<(i32, Still)>> {
        if self.timed || self.threads.is_empty() {
            return None;
        }
        self.threads.iter().map(|(&tid, &pid)| Some((tid, still(pid, tid)?))).collect()
    }

    fn cut_off(&mut self, why: Why) {
        let asleep = self.threads.iter().filter_map(|(&tid, &pid)| Some((tid, asleep(pid, tid)?))).collect();
        self.cut = Some(Cut { why, asleep });
        self.kill_all();
    }

    fn kill_all(&mut self) {
        self.doomed = true;
        kill(&self.processes);
    }
}

/// The processor time that processes have used (clock_getcpuclockid(3)).
fn processor_time(processes: &BTreeSet<i32>) -> Duration {
    let of = |&pid: &i32| {
        let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
        // SAFETY: both outlive the calls.
        let got = unsafe {
            libc::clock_getcpuclockid(pid, &raw mut clock) == 0 && libc::clock_gettime(clock, &raw mut time) == 0
        };
        if got { Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32) } else { Duration::ZERO }
    };
    processes.iter().map(of).sum()
}

fn kill(processes: &BTreeSet<i32>) {
    for &pid in processes {
        // SAFETY: integers only. The process is a tracee of ours, so its number is not another's yet.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits<'_> = Limits { time: Duration::from_secs(1), resumed: None, processor: None, quiet: None };

    /// A clock that has been looked at from a beginning on, so often, with so much between two looks.
    fn looked_at(limits: &Limits<'_>, looks: u32, interval: Duration) -> Clock {
        let began = Instant::now();
        let mut clock = Clock { looked: began, ..Clock::new() };
        (0..=looks).for_each(|look| clock.tick(began + interval * look, Some(began), limits));
        clock
    }

    #[test]
    fn a_machine_that_stood_still_took_nobody_s_time() {
        let still = looked_at(&LIMITS, 10, Duration::from_secs(60));
        assert_eq!(still.over(&LIMITS), None);
    }

    #[test]
    fn looks_in_time_count_whole() {
        let clock = looked_at(&LIMITS, 300, LOOK_INTERVAL);
        assert_eq!(clock.over(&LIMITS), Some(LOOK_INTERVAL * 300 - LIMITS.time));
    }

    #[test]
    fn nobody_has_its_time_anew_for_ever() {
        let always = || Some(Instant::now());
        let limits = Limits { resumed: Some(&always), ..LIMITS };
        assert_eq!(looked_at(&limits, 999, LOOK_INTERVAL).over(&limits), None);
        assert_eq!(looked_at(&limits, 1000, LOOK_INTERVAL).over(&limits), Some(Duration::ZERO));
    }
}
