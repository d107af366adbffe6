//! Whether a chapter's exercises have all their parts, and no part is without its exercise.

use std::fs;
use std::path::Path;

use super::Findings;
use crate::exercises::{self, Exercise, Kind, hints, rust_files};
use crate::outcome::Stop;
use crate::workspace::Workspace;

const HINTS: usize = 3;
const MISTAKES: usize = 3;

/// Adds what is missing of these exercises, which are all of a chapter.
///
/// # Errors
/// A folder cannot be read.
pub fn verify(workspace: &Workspace, exercises: &[&Exercise], findings: &mut Findings) -> Result<(), Stop> {
    let chapter = &exercises[0].chapter;
    if exercises[0].kind != Kind::Mend {
        findings.fault(format!("chapter {chapter}: no exercise has `Kind: mend`, and the first should be one"));
    }
    for exercise in exercises {
        parts_of(workspace, exercise, findings)?;
    }
    for folder in [
        "exercises/{}/src",
        "exercises/{}/tests/checks",
        "solutions/{}/src",
        "solutions/{}/variants",
        "solutions/{}/tests",
    ] {
        let folder = folder.replace("{}", chapter);
        for name in rust_files(&workspace.root.join(&folder))? {
            if !exercises.iter().any(|exercise| exercise.name == name) {
                findings.fault(format!(
                    "{folder}/{name}.rs belongs to no exercise: there is no exercises/{chapter}/tests/{name}.rs"
                ));
            }
        }
    }
    Ok(())
}

fn parts_of(workspace: &Workspace, exercise: &Exercise, findings: &mut Findings) -> Result<(), Stop> {
    let (id, name, chapter) = (exercise.id(), &exercise.name, &exercise.chapter);
    let of_solution = |part: &str| format!("solutions/{chapter}/{part}");
    let (variant, test) = (of_solution(&format!("variants/{name}.rs")), of_solution(&format!("tests/{name}.rs")));
    for (what, path) in [
        ("its check", exercise.check()),
        ("a variant, a second right answer", workspace.root.join(variant)),
        ("a test of its solution", workspace.root.join(test)),
    ] {
        if !path.is_file() {
            findings.fault(format!("{id} lacks {what}: {}", path.display()));
        }
    }
    match fs::read_to_string(exercise.hints()).map(|text| hints::split(&text)) {
        Err(_) => findings.fault(format!("{id} lacks hints: {}", exercise.hints().display())),
        Ok(hints) if hints.len() != HINTS || hints.iter().any(String::is_empty) => {
            findings.fault(format!("{id} has {} hints, and {HINTS} are wanted, none of them empty", hints.len()));
        }
        Ok(_) => {}
    }
    // Where the solution is missing, whoever makes the stub says so.
    if let Ok(solution) = fs::read_to_string(exercise.solution())
        && exercises::kind(&solution).is_none()
    {
        findings
            .fault(format!("{id} does not say what it is: its head wants a line `Kind: mend`, `core` or `stretch`"));
    }
    let folder = of_solution(&format!("mistakes/{name}"));
    let mistakes = rust_files(&workspace.root.join(&folder))?;
    if mistakes.len() < MISTAKES {
        findings.fault(format!("{id} has {} mistakes in {folder}, and {MISTAKES} at least are wanted", mistakes.len()));
    }
    for mistake in mistakes {
        if !begins_with_a_word(&workspace.root.join(&folder).join(format!("{mistake}.rs"))) {
            findings.fault(format!("{folder}/{mistake}.rs does not say, in a line `//! …`, where one meets it"));
        }
    }
    Ok(())
}

fn begins_with_a_word(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.starts_with("//! "))
}
