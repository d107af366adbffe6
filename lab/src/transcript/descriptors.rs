//! Which descriptor is meant by a number, and what it is called.
//!
//! A number is reused after its close, so a name belongs to a number from one event to another. A
//! name that the lesson gives holds back to the descriptor's creation: `socket(…)` already returns it.

use std::collections::HashMap;

use crate::calls::{Family, Value};
use crate::observe::{Call, Event, Observation};
use crate::words::Word;

/// The names of all descriptors of an observation.
#[derive(Debug, Default)]
pub(super) struct Descriptors {
    names: Vec<Name>,
    /// By process and number: from which event on it is which.
    bound: HashMap<(i32, i32), Vec<(usize, usize)>>,
    /// By process, epoll and the data given with `epoll_ctl`: the member.
    members: HashMap<(i32, i32, i64), i32>,
}

#[derive(Debug)]
struct Name {
    text: String,
    given: bool,
}

impl Descriptors {
    pub(super) fn of(observation: &Observation) -> Descriptors {
        let mut all = Descriptors::default();
        for (at, event) in observation.events.iter().enumerate() {
            match event {
                Event::Met { actor, descriptor, link } => {
                    let pid = observation.actors[*actor].pid;
                    if all.bound_at(at, pid, *descriptor).is_none() {
                        all.bind(at, pid, *descriptor, &name_of_link(link));
                    }
                }
                Event::Said { actor, word: Word::Name { descriptor, name } } => {
                    all.rename(at, observation.actors[*actor].pid, *descriptor, name);
                }
                Event::Began { actor, parent } => {
                    all.inherit(at, observation.actors[*parent].pid, observation.actors[*actor].pid);
                }
                Event::Left { call } => {
                    let call = &observation.calls[*call];
                    all.follow(at, observation.actors[call.actor].pid, call);
                }
                _ => {}
            }
        }
        all.number_the_nameless();
        all
    }

    /// What descriptor `number` of process `pid` is called at event `at`.
    pub(super) fn name(&self, at: usize, pid: i32, number: i32) -> String {
        self.bound_at(at, pid, number).map_or_else(|| number.to_string(), |name| self.names[name].text.clone())
    }

    /// The member of an epoll set that was given with `data`.
    pub(super) fn member(&self, pid: i32, epoll: i32, data: i64) -> Option<i32> {
        self.members.get(&(pid, epoll, data)).copied()
    }

    fn bound_at(&self, at: usize, pid: i32, number: i32) -> Option<usize> {
        let bound = self.bound.get(&(pid, number))?;
        bound.iter().rev().find(|(from, _)| *from <= at).map(|(_, name)| *name)
    }

    fn bind(&mut self, at: usize, pid: i32, number: i32, text: &str) {
        self.names.push(Name { text: text.to_owned(), given: false });
        self.bound.entry((pid, number)).or_default().push((at, self.names.len() - 1));
    }

    fn rename(&mut self, at: usize, pid: i32, number: i32, text: &str) {
        if self.bound_at(at, pid, number).is_none() {
            self.bind(0, pid, number, text);
        }
        if let Some(name) = self.bound_at(at, pid, number) {
            self.names[name] = Name { text: text.to_owned(), given: true };
        }
    }

    /// A forked process has its parent's descriptors.
    fn inherit(&mut self, at: usize, parent: i32, child: i32) {
        if parent == child {
            return;
        }
        let inherited: Vec<_> = self.bound.iter().filter(|((pid, _), _)| *pid == parent).collect();
        let inherited: Vec<_> =
            inherited.into_iter().filter_map(|((_, number), bound)| Some((*number, bound.last()?.1))).collect();
        for (number, name) in inherited {
            self.bound.entry((child, number)).or_default().push((at, name));
        }
    }

    /// What a finished call says of descriptors.
    fn follow(&mut self, at: usize, pid: i32, call: &Call) {
        if call.returned().is_none() {
            return;
        }
        let made: Vec<i32> = match &call.result {
            Some(Value::Descriptor { number }) => vec![*number],
            // What is ready was there before.
            _ if call.family() == Family::Ready => Vec::new(),
            _ => call.filled.iter().flat_map(|(_, value)| descriptors_in(value)).collect(),
        };
        let texts = default_names(call);
        for (place, number) in made.into_iter().enumerate() {
            self.bind(at, pid, number, texts[place.min(texts.len() - 1)]);
        }
        if call.name() == "epoll_ctl"
            && let [Value::Descriptor { number: epoll }, _, Value::Descriptor { number }, event] = &call.arguments[..4]
            && let Some(Value::Number { value: data }) = event.field("data")
        {
            self.members.insert((pid, *epoll, *data), *number);
        }
    }

    /// The second nameless socket is `socket 2`.
    fn number_the_nameless(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for name in self.names.iter_mut().filter(|name| !name.given) {
            let count = seen.entry(name.text.clone()).or_default();
            *count += 1;
            if *count > 1 {
                name.text = format!("{} {count}", name.text);
            }
        }
    }
}

/// The new descriptors that a call brought: of a pair, or in control messages.
pub(crate) fn descriptors_in(value: &Value) -> Vec<i32> {
    match value {
        Value::List { items } => items
            .iter()
            .filter_map(|item| if let Value::Descriptor { number } = item { Some(*number) } else { None })
            .collect(),
        Value::Record { .. } => value.field("control").map(descriptors_in).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// What new descriptors are called that nobody named.
fn default_names(call: &Call) -> &'static [&'static str] {
    match call.shown() {
        "open" => &["file"],
        "pipe" => &["pipe's reader", "pipe's writer"],
        "accept" => &["connection"],
        "epoll_create" => &["epoll"],
        "memfd_create" => &["memory file"],
        "timerfd_create" => &["timer"],
        "pidfd_open" => &["pidfd"],
        "inotify_init" => &["inotify"],
        "io_uring_setup" => &["ring"],
        "dup" | "dup2" | "fcntl" => &["duplicate"],
        "recvmsg" => &["received descriptor"],
        "socket" | "socketpair" => &["socket"],
        other => std::slice::from_ref(match other {
            "eventfd" => &"eventfd",
            "signalfd" => &"signalfd",
            _ => &"descriptor",
        }),
    }
}

/// What `/proc/PID/fd` says, without what differs from run to run.
fn name_of_link(link: &str) -> String {
    let kind = link.split_once(":[").map(|(kind, _)| kind);
    let kind = kind.or_else(|| link.strip_prefix("anon_inode:").map(|kind| kind.trim_matches(['[', ']'])));
    kind.unwrap_or_else(|| link.rsplit('/').next().unwrap_or(link)).to_owned()
}
