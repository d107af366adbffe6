//! A task that is about to take a signal.

use std::io;

use super::calls::{ERESTARTNOINTR, ERESTARTSYS};
use super::{Broken, Task, Tracer};
use crate::calls::{Value, siginfo};
use crate::observe::masks::Masks;
use crate::observe::ptrace;
use crate::observe::record::{Event, Outcome};

/// How many signals are kept.
const SIGNALS_KEPT: usize = 20_000;

impl Tracer<'_> {
    pub(super) fn note_handler(&mut self, pid: i32, place: usize) {
        let [signal, action] = &self.record.calls[place].arguments[..2] else { return };
        let Value::One { value: signal, .. } = signal else { return };
        let key = (pid, *signal as i32);
        match (action.field("handler"), action.field("flags")) {
            (Some(Value::Pointer { .. }), Some(Value::Flags { bits, .. })) => {
                self.handlers.insert(key, bits & libc::SA_RESTART.cast_unsigned() as u64 != 0);
            }
            (Some(_), _) => drop(self.handlers.remove(&key)),
            _ => {}
        }
    }

    /// A forked process has its parent's handlers.
    pub(super) fn inherit_handlers(&mut self, parent: i32, child: i32) {
        let of_parent = self.handlers.iter().filter(|((pid, _), _)| *pid == parent);
        let inherited: Vec<_> = of_parent.map(|((_, signal), restarts)| ((child, *signal), *restarts)).collect();
        self.handlers.extend(inherited);
    }

    /// A signal is about to be taken; it is handed on as it came, siginfo and all.
    pub(super) fn signalled(&mut self, tid: i32, signal: i32) -> io::Result<()> {
        if let (Some(&task), Ok(info)) = (self.tasks.get(&tid), ptrace::signal_info(tid)) {
            let handled = Masks::of(tid).is_some_and(|masks| masks.catches(signal));
            if handled && let Some(broken) = task.broken {
                let restarts = self.handlers.get(&(task.pid, signal)).is_some_and(|restarts| *restarts);
                self.settle(tid, task, broken, restarts);
            }
            self.signals += 1;
            if self.signals <= SIGNALS_KEPT {
                self.record.events.push(Event::Took { actor: task.actor, info: siginfo(&info), handled });
            }
        }
        if signal == libc::SIGSTOP {
            self.halts(tid);
        }
        self.go_on(tid, signal)
    }

    /// A thread takes SIGSTOP, and stops its whole process: a call that one of the others sleeps in is broken off
    /// (kernel/signal.c, `do_signal_stop`).
    fn halts(&mut self, tid: i32) {
        let pid = self.tasks.get(&tid).map_or(self.subject, |task| task.pid);
        let open = self.tasks.values_mut().filter(|task| task.pid == pid).filter_map(|task| task.call.as_mut());
        open.for_each(|open| open.halted = true);
    }

    /// What becomes of a call that a signal broke off, when a handler runs (signal(7), "Interruption of
    /// system calls").
    fn settle(&mut self, tid: i32, task: Task, broken: Broken, restarts: bool) {
        self.update(tid, |task| task.broken = None);
        let place = match broken {
            Broken::Told(place) => Some(place),
            Broken::Unnoticed(open) => {
                self.write_off(tid, task, &open);
                open.place
            }
        };
        let Some(place) = place else { return };
        if let Outcome::Restarted { code } = self.record.calls[place].outcome
            && !(code == ERESTARTNOINTR || code == ERESTARTSYS && restarts)
        {
            self.record.calls[place].outcome = Outcome::Failed { errno: libc::EINTR, observers: false };
        }
    }
}
