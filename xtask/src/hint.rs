//! `hint`: the next hint for an exercise.

use std::io::Write;

use crate::arguments::Arguments;
use crate::check::the_current;
use crate::command::Command;
use crate::exercises::{self, Exercise, find, hints};
use crate::outcome::{Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::verdict::row;
use crate::workspace::Workspace;

/// `cargo xtask hint`.
pub const COMMAND: Command = Command {
    name: "hint",
    about: "shows an exercise's next hint",
    help: "\
Shows the next of an exercise's hints. They climb, from a question to nearly the
line. Which ones you have seen, is remembered.

Usage: cargo xtask hint [EXERCISE] [N]

  EXERCISE      a name or the beginning of one; without it, the exercise that
                you are at
  N             this hint, not the next

Example: cargo xtask hint read_exactly
",
    run,
};

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&[])?;
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    let number = |word: &String| word.parse::<usize>().ok();
    let (typed, number) = match words.values() {
        [] => (None, None),
        [one] if number(one).is_some() => (None, number(one)),
        [one] => (Some(one), None),
        [one, two] if number(two).is_some() => (Some(one), number(two)),
        [_, second, ..] => {
            return Err(Stop::usage(
                format_args!("{second:?} is no number of a hint"),
                "cargo xtask hint EXERCISE 2, for the second",
            ));
        }
    };
    let exercise = match typed {
        Some(typed) => find::find(&exercises, typed)?,
        None => the_current(&workspace, &exercises)?,
    };
    let text = show(&workspace, &exercises, exercise, number)?;
    out.write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// The next hint of an exercise, or this one; from now on the reader has seen it.
///
/// # Errors
/// There is no such hint, or its file cannot be read.
pub fn show(
    workspace: &Workspace,
    exercises: &[Exercise],
    exercise: &Exercise,
    number: Option<usize>,
) -> Result<String, Stop> {
    let hints = hints::of(exercise)?;
    let seen = Progress::read(workspace).hints(exercise);
    let number = number.unwrap_or_else(|| (seen + 1).min(hints.len()));
    let Some(hint) = number.checked_sub(1).and_then(|place| hints.get(place)) else {
        let what = format!("{} has {} hints, and none with the number {number}", exercise.label(), hints.len());
        return Err(Stop::usage(what, format_args!("cargo xtask hint {}", find::called(exercises, exercise))));
    };
    Progress::change(workspace, |progress| progress.saw_hint(exercise, number));
    let called = find::called(exercises, exercise);
    let more = if number < hints.len() {
        row("more", &format!("cargo xtask hint {called}"))
    } else {
        row("more", &format!("that was the last; cargo xtask solution {called} --anyway shows a right answer"))
    };
    Ok(format!("{}\n\n{}\n{more}", exercise.label(), row(&format!("hint {number} of {}", hints.len()), hint)))
}
