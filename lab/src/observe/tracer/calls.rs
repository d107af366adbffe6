//! A task at a call: on its way in, and on its way out.

use std::fs;

use super::{Broken, Open, Task, Tracer};
use crate::calls::{self, Decoder, Family, Shape, Value, signature};
use crate::observe::masks::Masks;
use crate::observe::ptrace::{self, At};
use crate::observe::record::{Call, Event, Outcome};
use crate::observe::{guard, registers};
use crate::words;

/// How many calls are kept, and how many bytes of their data; the rest is counted.
const CALLS_KEPT: usize = 20_000;
const BYTES_KEPT: usize = 32 << 20;

/// What a task asks of the kernel's restart machinery; no program sees these (linux/errno.h).
pub(super) const ERESTARTSYS: i32 = 512;
pub(super) const ERESTARTNOINTR: i32 = 513;
const ERESTARTNOHAND: i32 = 514;
const ERESTART_RESTARTBLOCK: i32 = 516;

impl Tracer<'_> {
    pub(super) fn entered(&mut self, tid: i32) {
        let Ok(At::Entry { number, arguments }) = ptrace::syscall_info(tid) else {
            return drop(self.go_on(tid, 0));
        };
        let Some(&task) = self.tasks.get(&tid) else { return drop(ptrace::go_on(tid, 0)) };
        if number == libc::SYS_write && arguments[0] as i32 == words::NOBODY && self.heard(tid, task, &arguments) {
            return;
        }
        if may_arm_a_timer(number, &arguments) {
            self.watch.timer_armed();
        }
        let observed =
            |target| self.tasks.contains_key(&target) || self.record.actors.iter().any(|actor| actor.pid == target);
        let forbidden =
            guard::forbids(task.pid, number, &arguments, observed) && registers::cancel(tid, libc::EPERM).is_ok();
        let open = match task.broken {
            Some(Broken::Unnoticed(open)) if number == open.number || number == libc::SYS_restart_syscall => open,
            _ => {
                let place = self.write_down(task, number, &arguments);
                if place.is_none() && !self.cast.is_led() && may_go_unseen(number) {
                    self.update(tid, |task| task.broken = None);
                    return drop(ptrace::go_on(tid, 0));
                }
                self.watch.entered(tid);
                Open { number, arguments, place, answer: 0, forbidden, halted: false }
            }
        };
        self.update(tid, |task| (task.call, task.broken) = (Some(open), None));
        drop(ptrace::go_on_to_exit(tid, 0));
    }

    /// A call in the record, as far as the way in tells.
    fn write_down(&mut self, task: Task, number: i64, arguments: &[u64; 6]) -> Option<usize> {
        if self.record.calls.len() >= CALLS_KEPT || self.bytes >= BYTES_KEPT {
            self.record.missed += 1;
            return None;
        }
        let signature = signature(number)?;
        let decoder = Decoder { pid: task.pid, arguments };
        self.meet_descriptors(task, signature.arguments, arguments);
        let entered = self.began.elapsed();
        let call = self.record.calls.len();
        let decoded = decoder.entering(signature);
        self.bytes += decoded.iter().map(weight).sum::<usize>();
        self.record.calls.push(Call {
            actor: task.actor,
            number,
            raw: arguments.to_vec(),
            arguments: decoded,
            filled: Vec::new(),
            outcome: Outcome::Unfinished {},
            result: None,
            entered,
            left: entered,
            slept: false,
        });
        self.record.events.push(Event::Entered { call });
        Some(call)
    }

    /// Looks once at each descriptor that a process uses: the subject may not have made it itself.
    fn meet_descriptors(&mut self, task: Task, shapes: &[Shape], arguments: &[u64; 6]) {
        let used = shapes.iter().zip(arguments).filter(|(shape, _)| **shape == Shape::Fd).map(|(_, &raw)| raw as i32);
        for descriptor in used {
            let Ok(place) = usize::try_from(descriptor) else { continue };
            let met = self.met.entry(task.pid).or_default();
            if met.len() <= place && place < 1 << 20 {
                met.resize(place + 1, false);
            }
            if met.get(place).is_none_or(|met| *met) {
                continue;
            }
            met[place] = true;
            if let Ok(link) = fs::read_link(format!("/proc/{}/fd/{descriptor}", task.pid)) {
                let link = link.to_string_lossy().into_owned();
                self.record.events.push(Event::Met { actor: task.actor, descriptor, link });
            }
        }
    }

    pub(super) fn left(&mut self, tid: i32) {
        let Ok(At::Exit { answer }) = ptrace::syscall_info(tid) else { return drop(self.go_on(tid, 0)) };
        self.update(tid, |task| task.call = task.call.map(|open| Open { answer, ..open }));
        if breaks(answer) && self.goes_on_unnoticed(tid, answer) {
            return;
        }
        if self.cast.may_leave(tid) {
            self.leave(tid);
        }
    }

    /// Without a tracer the kernel drops an ignored signal where it is sent, and no call knows of it. With
    /// one the signal stops its thread here first, which breaks its call off. So that nobody is told of
    /// what only the observer did, the call goes on: the kernel starts most such calls again by itself,
    /// and the others where the answer asks for it (signal(7), kernel/signal.c).
    fn goes_on_unnoticed(&mut self, tid: i32, answer: i64) -> bool {
        // A stop is noticed, even where it is over by now, and SIGCONT the only signal that is still to be seen.
        let halted = self.tasks.get(&tid).and_then(|task| task.call).is_some_and(|open| open.halted);
        let unnoticed = !halted && Masks::of(tid).is_some_and(|masks| masks.takes_only_what_it_ignores());
        let interrupted = answer == -i64::from(libc::EINTR);
        // Should a handler run after all, this answer becomes EINTR again.
        if !unnoticed || interrupted && registers::set_answer(tid, -i64::from(ERESTARTNOHAND)).is_err() {
            return false;
        }
        self.update(tid, |task| task.broken = task.call.take().map(Broken::Unnoticed));
        drop(ptrace::go_on(tid, 0));
        true
    }

    pub(super) fn leave(&mut self, tid: i32) {
        let Some(&task) = self.tasks.get(&tid) else { return drop(ptrace::go_on(tid, 0)) };
        let Some(open) = task.call else { return drop(ptrace::go_on(tid, 0)) };
        let broken = open.place.filter(|_| breaks(open.answer)).map(Broken::Told);
        self.update(tid, |task| (task.call, task.broken) = (None, broken));
        self.write_off(tid, task, &open);
        drop(ptrace::go_on(tid, 0));
    }

    /// The rest of a call in the record.
    pub(super) fn write_off(&mut self, tid: i32, task: Task, open: &Open) {
        let slept = self.watch.left(tid);
        let (Some(place), Some(signature)) = (open.place, signature(open.number)) else { return };
        let answer = open.answer;
        let (outcome, filled, result) = match i32::try_from(-answer) {
            Ok(code @ ERESTARTSYS..=ERESTART_RESTARTBLOCK) => (Outcome::Restarted { code }, Vec::new(), None),
            Ok(errno @ 1..=4095) => (Outcome::Failed { errno, observers: open.forbidden }, Vec::new(), None),
            _ => {
                let decoder = Decoder { pid: task.pid, arguments: &open.arguments };
                let result = calls::result(signature, &open.arguments, answer);
                (Outcome::Returned { value: answer }, decoder.leaving(signature, answer), result)
            }
        };
        // Who was cut off meanwhile has no memory any more to read from: such a call is one that never came back.
        if self.watch.cut().is_some() {
            return;
        }
        self.bytes += filled.iter().map(|(_, value)| weight(value)).sum::<usize>();
        let call = &mut self.record.calls[place];
        (call.left, call.slept) = (self.began.elapsed(), slept);
        (call.outcome, call.filled, call.result) = (outcome, filled, result);
        if open.number == libc::SYS_rt_sigaction && answer == 0 {
            self.note_handler(task.pid, place);
        }
        self.record.events.push(Event::Left { call: place });
    }
}

/// Whether a call may arm a timer that shows nowhere in `/proc`.
fn may_arm_a_timer(number: i64, arguments: &[u64; 6]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if number == libc::SYS_alarm {
        return true;
    }
    let timeout = |option: u64| [libc::SO_RCVTIMEO, libc::SO_SNDTIMEO, libc::SO_LINGER].contains(&(option as i32));
    match number {
        libc::SYS_setitimer | libc::SYS_timerfd_settime => true,
        libc::SYS_setsockopt => arguments[1] as i32 == libc::SOL_SOCKET && timeout(arguments[2]),
        _ => false,
    }
}

/// How many bytes of data a value holds.
fn weight(value: &Value) -> usize {
    match value {
        Value::Bytes { head, .. } => head.len(),
        Value::Text { text } => text.len(),
        Value::List { items } => items.iter().map(weight).sum(),
        Value::Record { fields } => fields.iter().map(|(_, value)| weight(value)).sum(),
        _ => 0,
    }
}

/// Whether nobody needs to know how a call that is not in the record comes back. Those that only a signal
/// ends are looked after in any case.
fn may_go_unseen(number: i64) -> bool {
    use Family::{Close, Control, Duplicate, Make, Read, Transfer, Write};
    signature(number).is_none_or(|signature| {
        matches!(signature.family, Close | Control | Duplicate | Make | Read | Transfer | Write)
    })
}

/// Whether a raw answer says that a signal broke the call off.
fn breaks(answer: i64) -> bool {
    answer == -i64::from(libc::EINTR) || (-i64::from(ERESTART_RESTARTBLOCK)..=-i64::from(ERESTARTSYS)).contains(&answer)
}
