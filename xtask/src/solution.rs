//! `solution`: the reader's answer beside ours.

use std::fs;
use std::io::Write;

use crate::arguments::Arguments;
use crate::check::the_current;
use crate::command::Command;
use crate::diff;
use crate::exercises::{self, find, stub};
use crate::outcome::{Exit, Outcome, Stop};
use crate::paint;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// `cargo xtask solution`.
pub const COMMAND: Command = Command {
    name: "solution",
    about: "shows how a solution differs from your answer",
    help: "\
Shows what would turn your answer into our solution, as a diff. It is one right
answer among many: a check judges what an answer does, not how it is written.

Usage: cargo xtask solution [EXERCISE] [--anyway]

  EXERCISE      a name or the beginning of one; without it, the exercise that
                you are at
  --anyway      show it, though your answer is not right yet

Exit code: 1 where your answer was never right, and --anyway is missing.

Example: cargo xtask solution read_exactly
",
    run,
};

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&["anyway"])?;
    let typed = words.at_most_one("an exercise")?;
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    let exercise = match typed {
        Some(typed) => find::find(&exercises, &typed)?,
        None => the_current(&workspace, &exercises)?,
    };
    let called = find::called(&exercises, exercise);
    if !words.has("anyway") && !Progress::read(&workspace).passed(exercise) {
        return Err(Stop::not_right(
            format_args!("{} was not right yet, and your own answer teaches more than ours", exercise.label()),
            format_args!("cargo xtask hint {called}; or cargo xtask solution {called} --anyway"),
        ));
    }
    let path = exercise.solution();
    let solution = fs::read_to_string(&path).map_err(|error| Stop::unreadable(&path, &error))?;
    let solution = stub::unmarked(&solution);
    let yours = exercise.answer().map_err(|error| Stop::unreadable(&exercise.file(), &error))?;
    let yours = String::from_utf8_lossy(&yours);
    let diff = diff::unified((&exercise.shown_file(), &yours), ("the solution", &solution), paint::wanted());
    if diff.is_empty() {
        writeln!(out, "{}: your answer is our solution, to the letter.", exercise.label())?;
    }
    out.write_all(diff.as_bytes())?;
    Ok(Exit::Done)
}
