//! `stubs`: the readers' files, made from the solutions.

use std::fs;
use std::io::Write;

use crate::arguments::Arguments;
use crate::command::Command;
use crate::errno::told;
use crate::exercises;
use crate::outcome::{Exit, Outcome, Stop};
use crate::reset::stub_of;
use crate::workspace::Workspace;

/// `cargo xtask stubs`.
pub const COMMAND: Command = Command {
    name: "stubs",
    about: "for authors: makes the exercises' files from the solutions",
    help: "\
For authors. Makes exercises/*/src/*.rs from solutions/*/src/*.rs, by the marks in
them, and writes over what is there. Who does the exercises uses reset, which keeps
what they have.

Usage: cargo xtask stubs

Example: cargo xtask stubs
",
    run,
};

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    arguments.end()?;
    let workspace = Workspace::find()?;
    // All are made before the first is written: a mark that is not understood changes nothing.
    let mut stubs = Vec::new();
    for exercise in exercises::all(&workspace)? {
        stubs.push((stub_of(&exercise)?, exercise));
    }
    let mut unchanged = 0;
    for (stub, exercise) in &stubs {
        let (file, shown) = (exercise.file(), exercise.shown_file());
        if exercise.answer().is_ok_and(|now| now == stub.as_bytes()) {
            unchanged += 1;
            continue;
        }
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, stub));
        written.map_err(|error| {
            Stop::host(format_args!("cannot write {shown}: {}", told(&error)), "df -h shows whether the disk is full")
        })?;
        writeln!(out, "written    {shown}")?;
    }
    writeln!(out, "unchanged  {unchanged} of {}", stubs.len())?;
    Ok(Exit::Done)
}
