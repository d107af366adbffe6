//! `check`: the verdict on an exercise.

use std::io::Write;

use crate::arguments::Arguments;
use crate::checking::{self, Signals};
use crate::command::Command;
use crate::exercises::{self, Exercise, find};
use crate::outcome::{Exit, Outcome, Stop};
use crate::paint;
use crate::progress::Progress;
use crate::verdict::{Form, Verdict, row};
use crate::workspace::Workspace;

/// `cargo xtask check`.
pub const COMMAND: Command = Command {
    name: "check",
    about: "checks an exercise: right, or what is wrong and why",
    help: "\
Runs your answer to an exercise, watches its system calls, and says whether it is
right, or what is not: it is stuck, and where; it spins; it did something wrong.

Usage: cargo xtask check [EXERCISE] [--json]

  EXERCISE      a name or the beginning of one, with its chapter if you like:
                read_exactly, read_e, 01/read_exactly. Without it: the first
                that is not right yet
  --json        the verdict as a line of JSON

Your file is exercises/CHAPTER/src/EXERCISE.rs. The same check without this
runner: cargo test -p exercise-01-blocking --test read_exactly

Exit code: 0 it is right, 1 not yet, 2 there is no such exercise, 3 this host
cannot show it.

Example: cargo xtask check read_exactly
",
    run,
};

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&["json"])?;
    let typed = words.at_most_one("an exercise")?;
    let form = if words.has("json") { Form::Json } else { Form::Text };
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    let exercise = match typed {
        Some(typed) => find::find(&exercises, &typed)?,
        None => match current(&exercises, &Progress::read(&workspace)) {
            Some(exercise) => exercise,
            None if exercises.is_empty() => find::find(&exercises, "")?,
            None => {
                writeln!(out, "All {} exercises are right. cargo xtask list shows them.", exercises.len())?;
                return Ok(Exit::Done);
            }
        },
    };
    let colour = form == Form::Text && paint::wanted();
    let signals = Signals::catch()?;
    let verdict = checking::check(&workspace, exercise, form, colour, &signals)?;
    let way_on = if form == Form::Text { way_on(&workspace, &exercises, exercise, &verdict) } else { String::new() };
    let written = out.write_all(format!("{}{way_on}", verdict.shown(colour)).as_bytes()).and_then(|()| out.flush());
    match written.map_err(Stop::from) {
        // Whoever does not read the verdict may still ask for the exit code.
        Ok(()) | Err(Stop::Unheard) => Ok(verdict.exit()),
        Err(stop) => Err(stop),
    }
}

/// The exercise that the reader is at, where a command needs one.
///
/// # Errors
/// There is none, because none is written or all are right.
pub fn the_current<'a>(workspace: &Workspace, exercises: &'a [Exercise]) -> Result<&'a Exercise, Stop> {
    match current(exercises, &Progress::read(workspace)) {
        None if exercises.is_empty() => find::find(exercises, ""),
        None => Err(Stop::usage(
            "every exercise is right, so none is the one that you are at",
            "name one; cargo xtask list shows them all",
        )),
        Some(exercise) => Ok(exercise),
    }
}

/// The exercise that the reader is at: the first that is not right yet.
pub fn current<'a>(exercises: &'a [Exercise], progress: &Progress) -> Option<&'a Exercise> {
    exercises.iter().find(|exercise| !progress.state(exercise).is_right())
}

/// What stands below a verdict: after a right answer, what is next.
pub fn way_on(workspace: &Workspace, exercises: &[Exercise], exercise: &Exercise, verdict: &Verdict) -> String {
    if !verdict.is_right() {
        return String::new();
    }
    let mut text = String::from("\n");
    if exercise.solution().is_file() {
        text += &row("compare", &format!("cargo xtask solution {}", find::called(exercises, exercise)));
    }
    text += &match current(exercises, &Progress::read(workspace)) {
        Some(next) => row("next", &format!("{}: {}\n{}", next.label(), next.title, next.shown_file())),
        None => row("next", "nothing: every exercise is right"),
    };
    text
}
