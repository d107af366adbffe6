//! Reads what `strace -ff -o FILE` wrote: a file a thread, a line a step.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use nix::errno::Errno;

use crate::notation::{Written, arguments};

/// One line.
#[derive(Debug, Clone)]
pub enum Line {
    /// A call.
    Call(Call),
    /// `--- SIGUSR1 {si_signo=10, …} ---`.
    Signal {
        /// Its siginfo.
        info: Written,
        /// Whether a handler came back from it.
        handled: bool,
        /// Whether it stopped its process.
        stopped: bool,
    },
    /// `+++ exited with 0 +++`.
    End(String),
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The line as it stands.
    pub line: String,
    /// The kernel's name.
    pub name: String,
    /// The arguments as text.
    arguments: String,
    /// Whether all arguments are there: what the kernel would have filled in is not, where the thread
    /// ended in the call.
    pub is_whole: bool,
    /// How it came back.
    pub answer: Answer,
    /// What stands in parentheses behind the answer.
    pub remark: String,
    /// For a call that a signal broke off: whether its thread saw it fail with EINTR.
    pub gave_up: bool,
}

/// What stands behind the equals sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `?`: the thread ended in it.
    Nothing,
    /// A number.
    Value(i64),
    /// `-1 EAGAIN`.
    Errno(i32),
    /// `? ERESTARTSYS`.
    Restart(i32),
}

impl Call {
    /// The arguments, and clone's with their names.
    pub fn arguments(&self) -> Result<Vec<(String, Written)>, String> {
        arguments(&self.arguments)
    }

    /// What poll and select report, by name where strace gives one: `in [3], left {…}`.
    pub fn reported(&self) -> Result<Vec<(String, Written)>, String> {
        let mut named = self.remark.clone();
        for set in ["in", "out", "except", "left"] {
            named = named
                .replace(&format!("{set} ["), &format!("{set}=["))
                .replace(&format!("{set} {{"), &format!("{set}={{"));
        }
        arguments(&named)
    }
}

/// The lines of every thread, by its number.
pub fn read(folder: &Path) -> io::Result<HashMap<i64, Vec<Line>>> {
    let mut threads = HashMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(tid) = path.extension().and_then(|tid| tid.to_str()?.parse().ok()) else { continue };
        let text = fs::read_to_string(&path)?;
        threads.insert(tid, thread(&text).map_err(io::Error::other)?);
    }
    Ok(threads)
}

fn thread(text: &str) -> Result<Vec<Line>, String> {
    let mut lines: Vec<Line> = Vec::new();
    let mut broken: Option<usize> = None;
    for text in text.lines() {
        if let Some(signal) = text.strip_prefix("--- ") {
            match (signal.find('{'), lines.last_mut()) {
                (Some(at), _) => {
                    let info = arguments(signal[at..].trim_end_matches(" ---"))?;
                    lines.extend(info.into_iter().map(|(_, info)| Line::Signal {
                        info,
                        handled: false,
                        stopped: false,
                    }));
                }
                // "--- stopped by SIGSTOP ---": the other threads of the process took no signal.
                (None, Some(Line::Signal { stopped, .. })) => *stopped = true,
                (None, _) => {}
            }
        } else if let Some(end) = text.strip_prefix("+++ ") {
            lines.push(Line::End(end.trim_end_matches(" +++").to_owned()));
        } else {
            let call = call(text).ok_or_else(|| format!("not a line of strace's: {text:?}"))?;
            broken = settle(&mut lines, broken, &call);
            if call.name == "rt_sigreturn" {
                note_handled(&mut lines);
            }
            if matches!(call.answer, Answer::Restart(_)) {
                broken = Some(lines.len());
            }
            lines.push(Line::Call(call));
        }
    }
    mend(&mut lines);
    Ok(lines)
}

/// A signal that is ignored stops whoever is traced and breaks its call off; the kernel starts that again.
/// Without a tracer none of this happens, and lab tells of one call: so are the two made one here.
fn mend(lines: &mut Vec<Line>) {
    let mut place = 0;
    while place < lines.len() {
        let ignored = |line: &&Line| matches!(line, Line::Signal { handled: false, stopped: false, .. });
        let again = place + 1 + lines[place + 1..].iter().take_while(ignored).count();
        if let (Line::Call(first), Some(Line::Call(second))) = (&lines[place], lines.get(again))
            && matches!(first.answer, Answer::Restart(_))
            && again > place + 1
            && is_started_again(first, second)
        {
            let is_whole = second.name == first.name;
            let line = format!("{}; {}", first.line, second.line);
            let arguments = if is_whole { &second.arguments } else { &first.arguments };
            let whole =
                Call { line, name: first.name.clone(), arguments: arguments.clone(), is_whole, ..second.clone() };
            lines[place] = Line::Call(whole);
            lines.remove(again);
        } else {
            place += 1;
        }
    }
}

/// Whether a call is another one gone on: the same, but for what the kernel may have filled in meanwhile.
fn is_started_again(call: &Call, next: &Call) -> bool {
    let first = |call: &Call| call.arguments.split(", ").next().map(str::to_owned);
    next.name == "restart_syscall" || next.name == call.name && first(next) == first(call)
}

/// What a further call tells of one that a signal broke off. When a handler returns, the kernel shows
/// what it put into that call's result: EINTR, or anything else, and then it starts that call again.
fn settle(lines: &mut [Line], broken: Option<usize>, next: &Call) -> Option<usize> {
    let place = broken?;
    let Line::Call(call) = &mut lines[place] else { return None };
    if next.name == "rt_sigreturn" {
        call.gave_up = next.answer == Answer::Errno(Errno::EINTR as i32);
        return None;
    }
    if is_started_again(call, next) { None } else { broken }
}

/// A handler came back: that of the last signal whose handler did not come back before.
fn note_handled(lines: &mut [Line]) {
    let mut signals = lines
        .iter_mut()
        .rev()
        .filter_map(|line| if let Line::Signal { handled, .. } = line { Some(handled) } else { None });
    if let Some(handled) = signals.find(|handled| !**handled) {
        *handled = true;
    }
}

/// A line that tells of a call; lab's raw lines are in the same notation.
pub fn call(line: &str) -> Option<Call> {
    let (made, came) = line.rsplit_once(" = ")?;
    let (name, rest) = made.trim_end().split_once('(')?;
    let rest = rest.strip_suffix(')').unwrap_or(rest).trim_end();
    let unfinished = rest.strip_suffix("<unfinished ...>").map(|rest| rest.trim_end().trim_end_matches(','));
    let arguments = unfinished.unwrap_or(rest);
    let (result, remark) =
        came.split_once(" (").map_or((came, ""), |(result, remark)| (result, remark.trim_end_matches(')')));
    let answer = answer(result)?;
    let (name, arguments, remark) = (name.to_owned(), arguments.to_owned(), remark.to_owned());
    let is_whole = unfinished.is_none();
    Some(Call { line: line.to_owned(), name, arguments, is_whole, answer, remark, gave_up: false })
}

fn answer(result: &str) -> Option<Answer> {
    Some(match result.split_once(' ') {
        Some(("-1", errno)) => Answer::Errno(errno_number(errno)?),
        Some(("?", restart)) => Answer::Restart(restart_code(restart)?),
        None if result == "?" => Answer::Nothing,
        _ => Answer::Value(arguments(result).ok()?.pop()?.1.number()?),
    })
}

/// nix's table and not lab's own: two witnesses.
fn errno_number(name: &str) -> Option<i32> {
    (1..=133).find(|&errno| format!("{:?}", Errno::from_raw(errno)) == name)
}

/// include/linux/errno.h.
fn restart_code(name: &str) -> Option<i32> {
    let codes =
        [("ERESTARTSYS", 512), ("ERESTARTNOINTR", 513), ("ERESTARTNOHAND", 514), ("ERESTART_RESTARTBLOCK", 516)];
    codes.into_iter().find(|(code, _)| *code == name).map(|(_, code)| code)
}
