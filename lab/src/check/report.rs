//! Hands a verdict to whoever asked for it: the test framework, or the runner.

use std::env;
use std::fs;
use std::path::Path;

use super::Verdict;
use super::diagnosis::{Diagnosis, row};
use super::json;
use crate::observe;

/// The file that the runner wants the verdict in, and whether as JSON.
const FILE: &str = "READY_OR_DONE_VERDICT";
const JSON: &str = "READY_OR_DONE_VERDICT_JSON";

/// Judges the reader's answer: what an exercise's test calls.
///
/// The test fails with the diagnosis. Where the runner asked for the verdict in a file, it is written
/// there: a first line with one word for it, then the text or the JSON.
///
/// # Errors
/// The diagnosis, with the hint's text.
///
/// # Panics
/// Where the runner's file cannot be written: then the panic's message holds the verdict.
pub fn judge(folder: &str, exercise: &str, check: fn() -> Verdict) -> Result<(), Shown> {
    let verdict = check();
    if observe::is_subject() {
        // This process was to be a subject and came to its check's end: its observer will say so.
        return Ok(());
    }
    let chapter = Path::new(folder).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let word = verdict.as_ref().err().map_or("right", |diagnosis| diagnosis.kind.word());
    let text = report(Path::new(folder), chapter, exercise, &verdict);
    if let Some(file) = env::var_os(FILE) {
        let body = if env::var_os(JSON).is_some() {
            json::verdict(exercise, chapter, verdict.as_ref().err())
        } else {
            text.clone()
        };
        fs::write(&file, format!("{word}\n{body}")).unwrap_or_else(|error| {
            panic!("the verdict could not be written to {}: {error}\n{text}", Path::new(&file).display())
        });
    }
    verdict.map_err(|_| Shown(text))
}

/// A verdict as text. A test that returns it fails with it, and with nothing of the framework's own.
pub struct Shown(String);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n\n{}", self.0)
    }
}

/// The whole text of a verdict: headline, facts, hint, where to go on.
#[must_use]
pub fn report(folder: &Path, chapter: &str, exercise: &str, verdict: &Verdict) -> String {
    let number = chapter.split('-').next().unwrap_or_default();
    match verdict {
        Ok(()) => format!("{number} {exercise}   RIGHT\n"),
        Err(diagnosis) => format!("{number} {exercise}   {diagnosis}{}", way_on(folder, exercise, diagnosis)),
    }
}

fn way_on(folder: &Path, exercise: &str, diagnosis: &Diagnosis) -> String {
    let hints = fs::read_to_string(folder.join("hints").join(format!("{exercise}.md"))).unwrap_or_default();
    let hints: Vec<&str> = hints.split("\n## ").skip(1).collect();
    let mut text = String::from("\n");
    if let Some(hint) = hints.get(diagnosis.hint.saturating_sub(1)) {
        // The first line is the heading: `Hint 1`.
        let hint = hint.split_once('\n').map_or("", |(_, body)| body.trim());
        text += &row(&format!("hint {} of {}", diagnosis.hint, hints.len()), hint);
    }
    text + &row("more", &format!("cargo xtask hint {exercise}"))
}
