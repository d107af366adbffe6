//! `list`: the chapters, and how far the reader is with their exercises.

use std::io::Write;

use crate::arguments::Arguments;
use crate::command::Command;
use crate::exercises::{self, Exercise};
use crate::outcome::{Exit, Outcome};
use crate::progress::Progress;
use crate::workspace::Workspace;

/// `cargo xtask list`.
pub const COMMAND: Command = Command {
    name: "list",
    about: "shows the twelve chapters, their exercises, and how far you are",
    help: "\
Shows the twelve chapters: what each is about, the question it answers, and how
to run it, or that it is not written yet. Below a chapter stand its exercises, in
the order in which they are done, each with its kind and how far you are with it:

  not tried         never checked
  not yet: stuck    how the last check went
  right, DATE       right as it stands
  right on DATE, changed since
                    it was right, and the file is another one now

  mend              working code with one fault: five minutes
  core              what the chapter is about
  stretch           for who wants more

Usage: cargo xtask list

Example: cargo xtask list
",
    run,
};

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    arguments.end()?;
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    let progress = Progress::read(&workspace);
    for chapter in workspace.chapters()? {
        let how =
            if chapter.written { format!("cargo xtask run {}", chapter.short()) } else { "not written yet".into() };
        writeln!(out, "{:<16}{:<38}{how}", chapter.folder, chapter.title)?;
        if !chapter.question.is_empty() {
            writeln!(out, "{:16}{}", "", chapter.question)?;
        }
        let its: Vec<&Exercise> = exercises.iter().filter(|exercise| exercise.chapter == chapter.folder).collect();
        out.write_all(table(&its, &progress).as_bytes())?;
    }
    Ok(Exit::Done)
}

/// The exercises of a chapter, and how far the reader is with each.
pub fn table(exercises: &[&Exercise], progress: &Progress) -> String {
    let mut text = String::new();
    for exercise in exercises {
        let state = progress.state(exercise).told();
        text += &format!("{:16}{:<28}{:<10}{state}\n", "", exercise.name, exercise.kind.word());
    }
    text
}
