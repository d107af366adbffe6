//! `verify`: whether the exercises are whole, and judged as they should be.

mod parts;
mod tests;

use std::io::Write;

use crate::arguments::Arguments;
use crate::checking::{self, Check, Signals};
use crate::command::Command;
use crate::diff;
use crate::exercises::{self, Exercise, Kind, find};
use crate::outcome::{Exit, Outcome, Stop};
use crate::reset::stub_of;
use crate::verdict::Form;
use crate::workspace::Workspace;

/// `cargo xtask verify`.
pub const COMMAND: Command = Command {
    name: "verify",
    about: "for authors: whether the exercises are whole, and judged as they should be",
    help: "\
For authors. Every exercise has its check, three hints, a solution, a variant and at
least three mistakes. What readers begin with is what the solution makes. Solution
and variant are right; each mistake is told what its snapshot says; what readers
begin with is not written yet, or, where it is to be mended, not right.

Usage: cargo xtask verify [CHAPTER] [--bless]

  CHAPTER       chapter-07, 07, 7, sigio or 07-sigio; without it, all
  --bless       first takes what mistakes are told now into the snapshots;
                git diff shows what that changes

Exit code: 0, 1 where something is not so, 3 where this host cannot show it.

Example: cargo xtask verify 01 --bless
",
    run,
};

/// How much of a difference is shown.
const LINES_SHOWN: usize = 30;

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    faults: Vec<String>,
    /// Whether something could not be seen here.
    unseen: bool,
}

impl Findings {
    /// Something is not as it should be.
    pub fn fault(&mut self, what: impl Into<String>) {
        self.faults.push(what.into());
    }
}

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&["bless"])?;
    let typed = words.at_most_one("a chapter")?;
    let workspace = Workspace::find()?;
    let all = exercises::all(&workspace)?;
    let exercises: Vec<&Exercise> = match typed {
        Some(typed) => find::in_chapter(&all, &typed)?,
        None => all.iter().collect(),
    };
    let signals = Signals::catch()?;
    let mut findings = Findings::default();
    for chapter in exercises.chunk_by(|one, other| one.chapter == other.chapter) {
        parts::verify(&workspace, chapter, &mut findings)?;
        let mistakes = tests::verify(&workspace, &chapter[0].chapter, words.has("bless"), &signals, &mut findings)?;
        for exercise in chapter {
            begin(&workspace, exercise, &signals, &mut findings)?;
        }
        writeln!(out, "{:<16}{} exercises, {mistakes} mistakes", chapter[0].chapter, chapter.len())?;
        out.flush()?;
    }
    for fault in &findings.faults {
        writeln!(out, "\n{}", fault.trim_end())?;
    }
    if !findings.faults.is_empty() {
        writeln!(out, "\n{} to mend", findings.faults.len())?;
        return Ok(Exit::NotRight);
    }
    if findings.unseen {
        return Err(Stop::host("what exercises do cannot be seen on this host", "cargo xtask doctor"));
    }
    writeln!(out, "\nAll is as it should be.")?;
    Ok(Exit::Done)
}

/// Whether what a reader begins with is what the solution makes, and is judged as such.
fn begin(workspace: &Workspace, exercise: &Exercise, signals: &Signals, findings: &mut Findings) -> Result<(), Stop> {
    let stub = match stub_of(exercise) {
        Ok(stub) => stub,
        Err(Stop::Trouble { what, .. }) => {
            findings.fault(what);
            return Ok(());
        }
        Err(stop) => return Err(stop),
    };
    let shown = exercise.shown_file();
    let now = exercise.answer().unwrap_or_default();
    if now != stub.as_bytes() {
        let now = String::from_utf8_lossy(&now);
        let diff = diff::unified((&shown, &now), ("what the solution makes", &stub), false);
        let diff: String = diff.lines().take(LINES_SHOWN).map(|line| format!("{line}\n")).collect();
        findings.fault(format!("{shown} is not what the solution makes; cargo xtask stubs makes it\n{diff}"));
        return Ok(());
    }
    let mut running = match checking::begin(workspace, exercise, Form::Text, false)? {
        Check::Running(running) => running,
        Check::Settled(verdict) => {
            findings.fault(verdict.body);
            return Ok(());
        }
    };
    let verdict = checking::finish(&mut running, signals)?;
    if verdict.exit() == Exit::HostLacks {
        findings.unseen = true;
        return Ok(());
    }
    let expected: &[&str] = match exercise.kind {
        Kind::Mend => &["wrong", "stuck", "spinning", "late", "panicked", "killed"],
        Kind::Core | Kind::Stretch => &["not-written"],
    };
    if !expected.contains(&&*verdict.word) {
        let expected = expected.join(" or ");
        findings.fault(format!("{shown}, as readers begin with it, should be {expected}:\n{}", verdict.body));
    }
    if running.warned() {
        findings.fault(format!(
            "{shown}, as readers begin with it, makes the compiler warn: cargo check --tests -p {}",
            exercise.package()
        ));
    }
    Ok(())
}
