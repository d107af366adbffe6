//! Checking an exercise: its test runs under cargo, and writes its verdict to a file for us.

mod compiler;
pub mod household;
mod judge;
mod running;
mod signals;

use std::fs::File;
use std::io;
use std::os::fd::RawFd;
use std::time::{Duration, SystemTime};

pub use compiler::status;
pub use running::{News, Running, drain, never_sleep};
pub use signals::{Signals, stop};

use crate::cargo;
use crate::errno::told;
use crate::exercises::Exercise;
use crate::outcome::{Exit, Stop, note};
use crate::progress::{Progress, hash, hash_of};
use crate::verdict::{Form, Own, Verdict};
use crate::workspace::Workspace;
use running::poll;

/// What to type where a file of the reader's is gone.
fn made_anew(exercise: &Exercise) -> String {
    format!("cargo xtask reset {} makes it anew", exercise.name)
}

/// A check that has begun, or that needs none.
#[derive(Debug)]
pub enum Check {
    /// The file cannot be compiled at all, and this is what is said of it.
    Settled(Verdict),
    /// Cargo is at it.
    Running(Box<Running>),
}

/// Begins to check an exercise.
///
/// # Errors
/// Cargo cannot be started, or may not write.
pub fn begin(workspace: &Workspace, exercise: &Exercise, form: Form, colour: bool) -> Result<Check, Stop> {
    let bytes = match readable(exercise) {
        Ok(bytes) => bytes,
        Err(own) => return Ok(Check::Settled(own.on(exercise, form))),
    };
    let target = cargo::buildable(workspace, &exercise.package())?;
    let seen = hash(&bytes);
    if Progress::read(workspace).last_seen(exercise) != Some(seen) {
        notice(exercise);
    }
    Ok(Check::Running(Box::new(Running::start(workspace, exercise, &target, form, colour, seen)?)))
}

/// Checks an exercise, waits for the verdict, and keeps it. What is new meanwhile goes to standard error.
///
/// # Errors
/// Cargo cannot be started, or may not write.
pub fn check(
    workspace: &Workspace,
    exercise: &Exercise,
    form: Form,
    colour: bool,
    signals: &Signals,
) -> Result<Verdict, Stop> {
    let mut running = match begin(workspace, exercise, form, colour)? {
        Check::Settled(verdict) => return Ok(verdict),
        Check::Running(running) => running,
    };
    let verdict = finish(&mut running, signals)?;
    if !keep(workspace, exercise, &verdict, running.seen()) {
        note(format_args!(
            "{} changed while it was checked, so the verdict may be on what it was",
            exercise.shown_file()
        ));
    }
    Ok(verdict)
}

/// Waits for the verdict. A signal that ends us ends the check first.
///
/// # Errors
/// It cannot be waited for.
pub fn finish(running: &mut Running, signals: &Signals) -> Result<Verdict, Stop> {
    loop {
        wait(&[signals.descriptor(), running.stdout(), running.stderr()], running.patience())?;
        if let Some(signal) = signals.deadly() {
            running.cancel();
            signals.die_of(signal);
        }
        running.read().into_iter().for_each(|news| note(news.told()));
        if let Some(verdict) = running.verdict() {
            return Ok(verdict);
        }
    }
}

/// Waits until one of the descriptors is ready, or the time has passed; says which are ready.
///
/// # Errors
/// The kernel cannot wait for so many.
pub fn wait(descriptors: &[RawFd], patience: Duration) -> Result<Vec<RawFd>, Stop> {
    let ready = poll(descriptors, patience);
    ready.map_err(|error| {
        Stop::host(format_args!("poll: {}", told(&error)), "ulimit -n shows how many descriptors there may be")
    })
}

/// Keeps a verdict in the reader's progress; `false` says that it may be on another file than the one
/// that is there now, and so is not kept.
pub fn keep(workspace: &Workspace, exercise: &Exercise, verdict: &Verdict, seen: u64) -> bool {
    // What cannot be known here says nothing about the reader's work.
    if verdict.exit() == Exit::HostLacks {
        return true;
    }
    if hash_of(exercise) != Some(seen) {
        return false;
    }
    let hint = verdict.hint();
    Progress::change(workspace, |progress| {
        progress.judged(exercise, &verdict.word, seen);
        hint.into_iter().for_each(|hint| progress.saw_hint(exercise, hint));
    });
    true
}

/// The reader's file, if a compiler could read it.
fn readable(exercise: &Exercise) -> Result<Vec<u8>, Own> {
    let file = exercise.shown_file();
    let cannot = |error: &io::Error| {
        Own::new("unreadable", "CANNOT BE READ", format!("{file}: {}", told(error)))
            .with("what to do", format!("ls -l {file} shows whose it is; {}", made_anew(exercise)))
    };
    let bytes = match exercise.answer() {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(
                Own::new("missing", "MISSING", format!("there is no {file}")).with("what to do", made_anew(exercise))
            );
        }
        Err(error) => return Err(cannot(&error)),
    };
    match std::str::from_utf8(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            let what = format!("{file} is not UTF-8 from line {line} on, and Rust is written in UTF-8");
            Err(Own::new("not-utf-8", "CANNOT BE READ", what)
                .with("what to do", "save it as UTF-8; most editors have a setting for that")
                .with("or", format!("{}, and keeps what you have", made_anew(exercise))))
        }
    }
}

/// Makes cargo look at a file that is another one than when we last looked. Cargo goes by dates, and a
/// file that was put back from a copy is older than what was built from the one that it replaces.
fn notice(exercise: &Exercise) {
    if let Ok(test) = File::options().append(true).open(exercise.test()) {
        // Where that is refused, cargo still notices every edit.
        let _ = test.set_modified(SystemTime::now());
    }
}
