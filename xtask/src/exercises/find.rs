//! Which exercise a reader means.

use std::collections::BTreeSet;

use super::Exercise;
use crate::chapters::{self, Search};
use crate::nearest::nearest;
use crate::outcome::Stop;

/// The exercise that `typed` means: its name or a beginning that only it has, alone or after its
/// chapter (`01/read_exactly`), or the path of one of its files as a shell completes it.
///
/// # Errors
/// There is none, or several; and which one the reader may have meant.
pub fn find<'a>(exercises: &'a [Exercise], typed: &str) -> Result<&'a Exercise, Stop> {
    let (chapter, name) = split(typed);
    let mut candidates: Vec<&Exercise> = exercises.iter().collect();
    if let Some(chapter) = chapter {
        candidates = in_chapter(exercises, &chapter)?;
    }
    let exact: Vec<&Exercise> = candidates.iter().copied().filter(|exercise| exercise.name == name).collect();
    let begun = |exercise: &&Exercise| !name.is_empty() && exercise.name.starts_with(&name);
    let found = if exact.is_empty() { candidates.iter().copied().filter(begun).collect() } else { exact };
    match found[..] {
        [exercise] => Ok(exercise),
        [] => Err(none(exercises, &candidates, typed, &name)),
        [first, ..] => {
            let several: Vec<String> = found.iter().map(|exercise| called(exercises, exercise)).collect();
            let what = format!("{typed:?} may be {}", several.join(" or "));
            Err(Stop::usage(what, format_args!("name one of them, such as {}", called(exercises, first))))
        }
    }
}

/// The exercises of the chapter that `typed` means.
///
/// # Errors
/// There is no such chapter, or it has none.
pub fn in_chapter<'a>(exercises: &'a [Exercise], typed: &str) -> Result<Vec<&'a Exercise>, Stop> {
    let folders: BTreeSet<String> = exercises.iter().map(|exercise| exercise.chapter.clone()).collect();
    let with = folders.iter().cloned().collect::<Vec<_>>();
    let chapters = chapters::with_written(&with);
    let next = format!("chapters with exercises: {}", with.join(", "));
    match chapters::search(&chapters, typed) {
        Search::Found(chapter) => {
            let its: Vec<&Exercise> = exercises.iter().filter(|exercise| exercise.chapter == chapter.folder).collect();
            if its.is_empty() {
                return Err(Stop::usage(format_args!("chapter {} has no exercises yet", chapter.folder), next));
            }
            Ok(its)
        }
        Search::Near(chapter) => {
            Err(Stop::usage(format_args!("there is no chapter {typed:?}. Did you mean {}?", chapter.folder), next))
        }
        Search::Nothing => Err(Stop::usage(format_args!("there is no chapter {typed:?}"), next)),
    }
}

/// What to type for an exercise: its name, with its chapter where another one has it too.
pub fn called(exercises: &[Exercise], exercise: &Exercise) -> String {
    let same = exercises.iter().filter(|other| other.name == exercise.name).count();
    if same > 1 { format!("{}/{}", exercise.number(), exercise.name) } else { exercise.name.clone() }
}

/// The chapter, if one is named, and the name, as files have it.
fn split(typed: &str) -> (Option<String>, String) {
    /// Folders that a path to one of an exercise's files goes through.
    const ON_THE_WAY: [&str; 9] = ["", ".", "exercises", "solutions", "src", "tests", "checks", "hints", "variants"];
    let mut parts: Vec<&str> = typed.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let name = name.strip_suffix(".rs").or_else(|| name.strip_suffix(".md")).unwrap_or(name);
    let chapter = parts.into_iter().rfind(|part| !ON_THE_WAY.contains(part)).map(str::to_owned);
    (chapter, name.to_lowercase().replace('-', "_"))
}

/// Why nothing was found.
fn none(exercises: &[Exercise], candidates: &[&Exercise], typed: &str, name: &str) -> Stop {
    if candidates.is_empty() {
        return Stop::usage("no exercise is written yet", "cargo xtask list shows what is");
    }
    let what = format!("there is no exercise {typed:?}");
    if let Ok(its) = in_chapter(exercises, typed) {
        let names: Vec<String> = its.iter().map(|exercise| called(exercises, exercise)).collect();
        return Stop::usage(format_args!("{typed:?} is a chapter. Its exercises: {}", names.join(", ")), "name one");
    }
    match nearest(name, candidates.iter().map(|exercise| &*exercise.name)) {
        Some(near) => {
            let near =
                candidates.iter().find(|exercise| exercise.name == near).map(|exercise| called(exercises, exercise));
            Stop::usage(
                format_args!("{what}. Did you mean {}?", near.unwrap_or_default()),
                "cargo xtask list shows them all",
            )
        }
        None => Stop::usage(what, "cargo xtask list shows them all"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Exercise, called, find};
    use crate::exercises::Kind;
    use crate::outcome::Stop;

    fn exercises() -> Vec<Exercise> {
        let exercise = |(chapter, name): (&str, &str)| Exercise {
            chapter: chapter.into(),
            name: name.into(),
            title: name.into(),
            kind: Kind::Core,
            order: 0,
            root: PathBuf::new(),
        };
        let all = [
            ("01-blocking", "read_exactly"),
            ("01-blocking", "read_header"),
            ("01-blocking", "relay"),
            ("06-epoll", "drain_on_edge"),
            ("06-epoll", "relay"),
        ];
        all.map(exercise).into()
    }

    #[track_caller]
    fn complaint(typed: &str) -> String {
        match find(&exercises(), typed) {
            Err(Stop::Trouble { what, next, .. }) => format!("{what}; {next}"),
            other => panic!("{typed}: {other:?}"),
        }
    }

    #[test]
    fn an_exercise_is_found_by_each_of_its_names() {
        for typed in [
            "read_exactly",
            "read-exactly",
            "READ_EXACTLY",
            "read_e",
            "01/read_exactly",
            "1/read_e",
            "blocking/read_exactly",
            "chapter-01/read_exactly",
            "01-blocking/read_exactly",
            "exercises/01-blocking/src/read_exactly.rs",
            "./exercises/01-blocking/tests/checks/read_exactly.rs",
            "src/read_exactly.rs",
            "hints/read_exactly.md",
        ] {
            assert_eq!(find(&exercises(), typed).unwrap().id(), "01-blocking/read_exactly", "{typed}");
        }
        assert_eq!(find(&exercises(), "d").unwrap().name, "drain_on_edge");
        assert_eq!(find(&exercises(), "6/relay").unwrap().id(), "06-epoll/relay");
        assert_eq!(find(&exercises(), "6/r").unwrap().id(), "06-epoll/relay");
    }

    #[test]
    fn a_name_that_several_have_is_not_guessed() {
        assert!(complaint("read_").contains("read_exactly or read_header"));
        assert!(complaint("relay").contains("01/relay or 06/relay"));
        assert_eq!(called(&exercises(), &exercises()[4]), "06/relay");
        assert_eq!(called(&exercises(), &exercises()[0]), "read_exactly");
    }

    #[test]
    fn a_mistyped_name_gets_the_nearest_one() {
        assert!(complaint("read_exacly").contains("Did you mean read_exactly?"));
        assert!(complaint("drian_on_edge").contains("Did you mean drain_on_edge?"));
        assert!(complaint("01/drain_on_edge").contains("there is no exercise"));
        assert!(complaint("frobnicate").contains("cargo xtask list"));
        assert!(complaint("").contains("there is no exercise"));
    }

    #[test]
    fn a_chapter_is_told_from_an_exercise() {
        assert!(complaint("01").contains("\"01\" is a chapter. Its exercises: read_exactly, read_header, 01/relay"));
        assert!(complaint("02/relay").contains("chapter 02-nonblocking has no exercises yet"));
        assert!(complaint("13/relay").contains("there is no chapter \"13\""));
        assert!(complaint("epol/relay").contains("Did you mean 06-epoll?"));
    }

    #[test]
    fn a_book_without_exercises_says_so() {
        let Err(Stop::Trouble { what, .. }) = find(&[], "relay") else { panic!("there are none") };
        assert_eq!(what, "no exercise is written yet");
    }
}
