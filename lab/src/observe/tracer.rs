//! The tracer: one thread, one loop around waitpid(2), one function a kind of stop.

mod calls;
mod signals;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::Listener;
use super::cast::Cast;
use super::processor;
use super::ptrace::{self, Change};
use super::record::{Actor, Call, Ending, Event, Observation, Stuck};
use super::subject::PANICKED;
use super::watch::{Watch, Why};
use crate::asleep::Sleep;

pub(super) struct Tracer<'a> {
    subject: i32,
    /// The thread that runs the closure.
    leader: i32,
    began: Instant,
    tasks: BTreeMap<i32, Task>,
    /// The subject's handlers, by process and signal: whether calls start again after them.
    handlers: HashMap<(i32, i32), bool>,
    met: BTreeMap<i32, Vec<bool>>,
    /// Tasks that were heard of before anybody told of them: how each ended, or that it waits.
    newborn: HashMap<i32, Option<i32>>,
    /// The test framework's threads: attached to, so that stops and signals reach them as they should,
    /// and not told of.
    bystanders: HashSet<i32>,
    cast: Cast,
    watch: Arc<Watch>,
    record: Observation,
    /// How many bytes of data, and how many signals, are in the record.
    bytes: usize,
    signals: usize,
    listener: &'a mut Listener<'a>,
    panic: Option<String>,
    ended: Option<i32>,
}

#[derive(Debug, Clone, Copy)]
struct Task {
    pid: i32,
    actor: usize,
    /// The call it is in, on its way to the exit stop.
    call: Option<Open>,
    /// The call that a signal broke off, until the next is entered.
    broken: Option<Broken>,
}

/// A call that was entered; past the limit it has no place in the record.
#[derive(Debug, Clone, Copy)]
struct Open {
    number: i64,
    arguments: [u64; 6],
    place: Option<usize>,
    /// The kernel's raw answer, as soon as it is known.
    answer: i64,
    /// Whether it was kept from the kernel.
    forbidden: bool,
    /// Whether its process was stopped meanwhile, which breaks off whatever sleeps.
    halted: bool,
}

/// A call that a signal broke off.
#[derive(Debug, Clone, Copy)]
enum Broken {
    /// As the record tells; a handler decides whether the kernel starts it again.
    Told(usize),
    /// By a signal that nobody would have noticed without a tracer: it goes on as if nothing had been.
    Unnoticed(Open),
}

impl<'a> Tracer<'a> {
    pub(super) fn new(subject: i32, watch: Arc<Watch>, listener: &'a mut Listener<'a>) -> Tracer<'a> {
        Tracer {
            subject,
            leader: subject,
            began: Instant::now(),
            tasks: BTreeMap::new(),
            handlers: HashMap::new(),
            met: BTreeMap::new(),
            newborn: HashMap::new(),
            bystanders: HashSet::new(),
            cast: Cast::default(),
            watch,
            record: Observation::new(),
            bytes: 0,
            signals: 0,
            listener,
            panic: None,
            ended: None,
        }
    }

    /// Attaches to every thread of the subject, which waits in a handshake, without stopping any: a
    /// stop would break its sleep, and what it does before the filter is there stops nowhere.
    pub(super) fn attach(&mut self, leader: i32) -> io::Result<()> {
        // The subject's own thread comes first: it is the first actor, and the only one told of.
        let threads = fs::read_dir(format!("/proc/{}/task", self.subject))?;
        let threads = threads.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        self.bystanders = threads.filter(|&tid| tid != leader).collect();
        self.leader = leader;
        ptrace::seize(leader)?;
        processor::share_with(leader);
        self.begin(leader, self.subject, None);
        for &tid in &self.bystanders {
            match ptrace::seize(tid) {
                // Another thread may have ended meanwhile.
                Err(error) if error.raw_os_error() != Some(libc::ESRCH) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Follows the subject until nothing of it is left.
    pub(super) fn follow(mut self) -> io::Result<Observation> {
        loop {
            match ptrace::wait(!self.cast.waiting()) {
                Ok(Some(change)) => self.changed(&change),
                Ok(None) => self.give_a_turn(),
                Err(error) if error.raw_os_error() == Some(libc::ECHILD) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(self.finish())
    }

    fn finish(mut self) -> Observation {
        if let Some(cut) = self.watch.cut() {
            let place = |(tid, sleep): (i32, Sleep)| {
                let actor = self.record.actors.iter().rposition(|actor| actor.tid == tid)?;
                // A sleep that was broken off and goes on is the kernel's restart_syscall, which says little.
                let before = |call: &&Call| call.actor == actor && call.number != libc::SYS_restart_syscall;
                match self.record.calls.iter().rev().find(before) {
                    Some(call) if sleep.number == libc::SYS_restart_syscall => {
                        Some(Stuck { actor, number: call.number, raw: call.raw.clone() })
                    }
                    _ => Some(Stuck { actor, number: sleep.number, raw: sleep.arguments.to_vec() }),
                }
            };
            self.record.stuck = cut.asleep.into_iter().filter_map(place).collect();
            self.record.ending = cut.why.into();
        } else if let Some(status) = self.ended {
            self.record.ending = ending(status, self.record.returned.is_some(), self.panic.take());
        }
        self.record
    }

    fn changed(&mut self, change: &Change) {
        let (tid, status) = (change.tid, change.status);
        if !libc::WIFSTOPPED(status) {
            return self.gone(tid, status);
        }
        let signal = libc::WSTOPSIG(status);
        let answer = match status >> 16 {
            libc::PTRACE_EVENT_SECCOMP => return self.entered(tid),
            libc::PTRACE_EVENT_FORK => self.forked(tid, true),
            // A vfork's parent waits for its child to exec, so the child cannot wait for the parent.
            libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_VFORK => self.forked(tid, false),
            libc::PTRACE_EVENT_EXEC => self.became_another(tid),
            // A group stop lasts until SIGCONT; any other stop of this kind is the first of a new task.
            libc::PTRACE_EVENT_STOP if signal != libc::SIGTRAP => {
                self.cast.stopped(tid);
                ptrace::listen(tid)
            }
            libc::PTRACE_EVENT_STOP => self.first_stop(tid),
            _ if signal == libc::SIGTRAP | 0x80 => return self.left(tid),
            _ => self.signalled(tid, signal),
        };
        // A task that is killed while it is stopped answers ESRCH; its end is reported next.
        drop(answer);
    }

    /// Lets a task go on, to its way out where it is in a call.
    fn go_on(&self, tid: i32, signal: i32) -> io::Result<()> {
        let in_call = self.tasks.get(&tid).is_some_and(|task| task.call.is_some());
        if in_call { ptrace::go_on_to_exit(tid, signal) } else { ptrace::go_on(tid, signal) }
    }

    fn update(&mut self, tid: i32, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(&tid) {
            change(task);
        }
    }

    fn begin(&mut self, tid: i32, pid: i32, parent: Option<usize>) {
        if self.tasks.contains_key(&tid) {
            return;
        }
        let actor = self.record.actors.len();
        self.record.actors.push(Actor { pid, tid, name: String::new() });
        if let Some(parent) = parent {
            self.record.events.push(Event::Began { actor, parent });
        }
        self.tasks.insert(tid, Task { pid, actor, call: None, broken: None });
        self.watch.began(pid, tid);
    }

    fn forked(&mut self, tid: i32, takes_turns: bool) -> io::Result<()> {
        let new = ptrace::event_message(tid)?;
        if takes_turns {
            self.cast.forked(tid, new);
        }
        let parent = self.tasks.get(&tid).copied();
        let pid = process_of(new);
        self.begin(new, pid, parent.map(|parent| parent.actor));
        if let Some(parent) = parent.filter(|parent| parent.pid != pid) {
            self.inherit_handlers(parent.pid, pid);
        }
        match self.newborn.remove(&new) {
            Some(Some(status)) => self.gone(new, status),
            Some(None) => self.first_stop(new)?,
            None => {}
        }
        self.go_on(tid, 0)
    }

    /// A new task's first stop, or the last of one that was stopped and is continued. A first one may come
    /// before its parent's event, and then waits for that.
    fn first_stop(&mut self, tid: i32) -> io::Result<()> {
        if self.bystanders.contains(&tid) {
            return self.go_on(tid, 0);
        }
        if !self.tasks.contains_key(&tid) {
            self.newborn.insert(tid, None);
            self.watch.started(process_of(tid));
            return Ok(());
        }
        if self.cast.waits_at_birth(tid) || self.cast.continued(tid) { Ok(()) } else { self.go_on(tid, 0) }
    }

    /// After an exec the process has one thread, with the process's number, whoever called.
    fn became_another(&mut self, tid: i32) -> io::Result<()> {
        let former = ptrace::event_message(tid)?;
        self.bystanders.remove(&tid);
        if former == self.leader {
            self.leader = tid;
        }
        if former != tid
            && let Some(task) = self.tasks.remove(&former)
        {
            self.tasks.insert(tid, task);
            self.record.actors[task.actor].tid = tid;
            self.watch.ended(former);
            self.watch.began(tid, tid);
        }
        self.handlers.retain(|(pid, _), _| *pid != tid);
        self.go_on(tid, 0)
    }

    fn gone(&mut self, tid: i32, status: i32) {
        self.watch.ended(tid);
        self.cast.over(tid);
        if let Some(task) = self.tasks.remove(&tid) {
            self.record.events.push(Event::Ended { actor: task.actor, status });
        } else if !self.bystanders.remove(&tid) {
            self.newborn.insert(tid, Some(status));
        }
        // Without the closure's thread the test framework would wait for it for ever. Where another
        // thread becomes a program, the kernel ends this one, and the subject lives on.
        let execs = |task: &Task| task.call.is_some_and(|call| call.number == libc::SYS_execve);
        if tid == self.subject || tid == self.leader && !self.tasks.values().any(execs) {
            self.ended = self.ended.or(Some(status));
            // Whatever it started and left behind ends with it.
            self.watch.kill_all();
        }
    }
}

impl From<Why> for Ending {
    fn from(why: Why) -> Ending {
        match why {
            Why::Late => Ending::Late {},
            Why::Spinning => Ending::Spinning {},
            Why::Stuck => Ending::Stuck {},
        }
    }
}

/// The process of a task.
fn process_of(tid: i32) -> i32 {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    line.and_then(|pid| pid.trim().parse().ok()).unwrap_or(tid)
}

/// How a subject ended. A panic is its end where it led to the end: not one that was caught before.
pub(super) fn ending(status: i32, returned: bool, panic: Option<String>) -> Ending {
    let panicked = status == PANICKED << 8 || libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGABRT;
    match panic {
        Some(message) if !returned && panicked => Ending::Panicked { message },
        _ if libc::WIFSIGNALED(status) => Ending::Killed { signal: libc::WTERMSIG(status) },
        _ if returned => Ending::Returned {},
        _ => Ending::Exited { code: libc::WEXITSTATUS(status) },
    }
}
