//! A task that says something, and who may go on then.

use std::thread;
use std::time::Duration;

use super::{Task, Tracer};
use crate::asleep::asleep;
use crate::calls::Decoder;
use crate::observe::cast::Release;
use crate::observe::ptrace;
use crate::observe::record::Event;
use crate::words::{self, Word};

/// How often the tracer looks whether somebody may have a turn.
const TURN_INTERVAL: Duration = Duration::from_micros(50);

impl Tracer<'_> {
    /// Takes a write to nobody as a word; false where it is none.
    pub(super) fn heard(&mut self, tid: i32, task: Task, arguments: &[u64; 6]) -> bool {
        let decoder = Decoder { pid: task.pid, arguments };
        if !words::begins_like_one(&decoder.memory(arguments[1], words::MARK.len())) {
            return false;
        }
        let bytes = decoder.memory(arguments[1], arguments[2].min(words::LIMIT as u64) as usize);
        let Some(word) = words::heard(&bytes) else { return false };
        if let Word::Returned { value } = word {
            // A child that it forked may come back from the closure too: that is not the closure's return.
            if task.pid == self.subject {
                self.record.returned = Some(value);
            }
            drop(ptrace::go_on(tid, 0));
            return true;
        }
        let hold = matches!(word, Word::Turn { .. });
        match &word {
            Word::Lesson {} => self.cast.begin(tid),
            Word::Coming { peer, .. } => self.cast.announce(*peer),
            Word::Turn { peer } => {
                self.cast.ask(*peer, tid);
                self.name_peer(task.actor, *peer);
            }
            Word::Over { .. } => self.cast.over(tid),
            Word::Panicked { message } if task.pid == self.subject => {
                self.panic = self.panic.take().or_else(|| Some(message.clone()));
            }
            _ => {}
        }
        self.record.events.push(Event::Said { actor: task.actor, word: word.clone() });
        (self.listener)(&self.record, &word);
        if !hold {
            drop(ptrace::go_on(tid, 0));
        }
        true
    }

    fn name_peer(&mut self, actor: usize, peer: usize) {
        let announced = self.record.events.iter().find_map(|event| match event {
            Event::Said { word: Word::Coming { peer: coming, name }, .. } if *coming == peer => Some(name.clone()),
            _ => None,
        });
        self.record.actors[actor].name = announced.unwrap_or_default();
    }

    pub(super) fn give_a_turn(&mut self) {
        let tasks = &self.tasks;
        let watch = &self.watch;
        let sleeps = |tid: i32| {
            let slept = tasks.get(&tid).is_some_and(|task| asleep(task.pid, tid).is_some());
            if slept {
                watch.saw_asleep(tid);
            }
            slept
        };
        match self.cast.next(sleeps) {
            Some(Release::FromTurn(tid)) => drop(ptrace::go_on(tid, 0)),
            Some(Release::FromCall(tid)) => self.leave(tid),
            None => thread::sleep(TURN_INTERVAL),
        }
    }
}
