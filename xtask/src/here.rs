//! Bare `cargo xtask`: where you are, and what is next.

use std::io::Write;

use crate::chapters::{self, Chapter};
use crate::check::current;
use crate::exercises::{self, Exercise, find};
use crate::outcome::{Exit, Outcome};
use crate::progress::{Progress, State};
use crate::verdict::row;
use crate::workspace::Workspace;

/// Shows how far the reader is, and the commands that they need most there.
pub fn show(out: &mut dyn Write) -> Outcome {
    let workspace = Workspace::find()?;
    let chapters = workspace.chapters()?;
    let exercises = exercises::all(&workspace)?;
    let progress = Progress::read(&workspace);
    let written: Vec<&Chapter> = chapters.iter().filter(|chapter| chapter.written).collect();
    writeln!(out, "Ready or Done. Chapters written so far: {} of {}.\n", written.len(), chapters.len())?;
    for chapter in &written {
        let its: Vec<&Exercise> = exercises.iter().filter(|exercise| exercise.chapter == chapter.folder).collect();
        let right = its.iter().filter(|exercise| progress.state(exercise).is_right()).count();
        let done = if its.is_empty() { String::new() } else { format!("{right} of {} exercises right", its.len()) };
        writeln!(out, "{}", format!("  {:<16}{:<38}{done}", chapter.folder, chapter.title).trim_end())?;
    }
    let at = current(&exercises, &progress);
    match at {
        Some(exercise) => out.write_all(place(exercise, &progress.state(exercise)).as_bytes())?,
        None if exercises.is_empty() => {}
        None => writeln!(out, "\nEvery exercise is right.")?,
    }
    writeln!(out, "\nNext:")?;
    let near = at.and_then(|exercise| written.iter().find(|chapter| chapter.folder == exercise.chapter).copied());
    let chapter = near.or(chapters::first_written(&chapters)).map_or("CHAPTER".into(), Chapter::short);
    let called = at.map(|exercise| (find::called(&exercises, exercise), progress.state(exercise)));
    for (command, about) in next(&chapter, called) {
        writeln!(out, "  {command:<36}{about}")?;
    }
    writeln!(out, "\nAll commands: cargo xtask help")?;
    Ok(Exit::Done)
}

/// Where the reader is.
fn place(exercise: &Exercise, state: &State) -> String {
    let mut text = format!("\nYou are at {}: {}\n\n", exercise.label(), exercise.title);
    text += &row("kind", exercise.kind.word());
    text += &row("your file", &exercise.shown_file());
    text += &row("so far", &state.told());
    text
}

/// What a reader may do there.
fn next(chapter: &str, at: Option<(String, State)>) -> Vec<(String, &'static str)> {
    let run = [
        (format!("cargo xtask run {chapter}"), "run it and read what the kernel did"),
        (format!("cargo xtask run {chapter} --list"), "its demos, each to be run by its name"),
    ];
    let mut next = Vec::new();
    match at {
        // Who has checked something has run something.
        Some((name, State::NotYet(_) | State::Changed(_))) => next.extend([
            ("cargo xtask check".into(), "say whether it is right, and if not, why"),
            ("cargo xtask watch".into(), "the same, each time that you save"),
            (format!("cargo xtask hint {name}"), "the next hint"),
        ]),
        Some(_) => {
            next.extend(run);
            next.push(("cargo xtask watch".into(), "check your file each time that you save"));
        }
        None => next.extend(run),
    }
    next.push(("cargo xtask list".into(), "all chapters and exercises, and how far you are"));
    next.push(("cargo xtask doctor".into(), "what this host lacks, and for which chapter"));
    next
}
