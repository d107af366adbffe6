//! `reset`: an exercise as it was in the beginning.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::arguments::Arguments;
use crate::command::Command;
use crate::errno::told;
use crate::exercises::{self, Exercise, find, stub};
use crate::outcome::{Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::workspace::Workspace;

/// `cargo xtask reset`.
pub const COMMAND: Command = Command {
    name: "reset",
    about: "makes an exercise's file anew, and keeps yours beside it",
    help: "\
Makes the file of an exercise as it was in the beginning. What you have written is
kept beside it, as EXERCISE.rs.bak, or .bak.2 where there is one already; nothing
is ever written over.

Usage: cargo xtask reset EXERCISE

  EXERCISE      a name or the beginning of one

Example: cargo xtask reset read_exactly
",
    run,
};

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&[])?;
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    // Nobody means "the one that I am at" so surely that it might be guessed here.
    let Some(typed) = words.at_most_one("an exercise")? else {
        return Err(Stop::usage("reset needs an exercise", "cargo xtask list shows them all"));
    };
    let exercise = find::find(&exercises, &typed)?;
    let (file, shown) = (exercise.file(), exercise.shown_file());
    let stub = stub_of(exercise)?;
    if exercise.answer().is_ok_and(|now| now == stub.as_bytes()) {
        writeln!(out, "{}: {shown} is as it was in the beginning.", exercise.label())?;
        return Ok(Exit::Done);
    }
    let kept = replace(&file, &stub).map_err(|error| {
        let what = format!("{shown} was left as it is: {}", told(&error));
        Stop::host(
            what,
            format_args!("df -h shows whether the disk is full, ls -ld {} whose it is", shown_folder(&shown)),
        )
    })?;
    Progress::change(&workspace, |progress| progress.forget(exercise));
    writeln!(out, "{}: {shown} is as it was in the beginning.", exercise.label())?;
    if let Some(kept) = kept {
        let name = kept.file_name().unwrap_or_default().display();
        writeln!(out, "What you had is kept: {}/{name}", shown_folder(&shown))?;
    }
    Ok(Exit::Done)
}

fn shown_folder(shown: &str) -> &str {
    shown.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// What the reader begins with.
///
/// # Errors
/// The solution, from which it is made, cannot be read, or its marks are not understood.
pub fn stub_of(exercise: &Exercise) -> Result<String, Stop> {
    let path = exercise.solution();
    let solution = fs::read_to_string(&path).map_err(|error| Stop::unreadable(&path, &error))?;
    stub::of(&solution).map_err(|fault| {
        let what = format!("{}, {fault}", path.display());
        Stop::host(what, format_args!("git checkout {} brings back what was cloned", path.display()))
    })
}

/// Puts `text` in the place of a file, and returns where the file is now. At no moment is either
/// missing, and a failure leaves the file as it was.
fn replace(file: &Path, text: &str) -> io::Result<Option<PathBuf>> {
    let new = file.with_extension("rs.new");
    let replaced = fs::write(&new, text).and_then(|()| keep(file)).and_then(|kept| {
        fs::rename(&new, file)?;
        Ok(kept)
    });
    if replaced.is_err() {
        // Half of it helps nobody, and is not the reader's.
        let _ = fs::remove_file(&new);
    }
    replaced
}

/// Gives a file a second name that nothing has yet.
fn keep(file: &Path) -> io::Result<Option<PathBuf>> {
    for number in 1.. {
        let ending = if number == 1 { "rs.bak".to_owned() } else { format!("rs.bak.{number}") };
        let kept = file.with_extension(ending);
        match fs::hard_link(file, &kept) {
            Ok(()) => return Ok(Some(kept)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // Some shared folders know no links.
            Err(_) if !kept.try_exists()? => return copy(file, &kept).map(|()| Some(kept)),
            Err(_) => {}
        }
    }
    unreachable!("there are more numbers than files")
}

/// Copies a file to where nothing is.
fn copy(file: &Path, to: &Path) -> io::Result<()> {
    let bytes = fs::read(file)?;
    let copied = fs::File::create_new(to).and_then(|mut copy| copy.write_all(&bytes));
    if copied.is_err() {
        // Half a copy must not look like a whole one.
        let _ = fs::remove_file(to);
    }
    copied
}
