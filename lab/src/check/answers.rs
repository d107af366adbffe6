//! What a chapter's solutions are tested for: both right answers pass, and each mistake is told apart.

#![allow(clippy::missing_panics_doc, reason = "to panic is how an assertion fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Kind, Verdict, report};

/// Binds an exercise's check to its solution, to the variant, and to each mistake.
///
/// `answers! { "../../../exercises/01-blocking/tests/checks" read_exactly: reads_once reads_ahead }`, in
/// `solutions/01-blocking/tests/read_exactly.rs`. The first is the way from `src` to the folder of the
/// checks. The package that uses it has insta among its dev-dependencies.
#[macro_export]
macro_rules! answers {
    ($checks:literal $exercise:ident: $($mistake:ident)*) => {
        const FOLDER: &str = env!("CARGO_MANIFEST_DIR");
        const EXERCISE: &str = stringify!($exercise);

        // An inline module's path is the folder in which the modules inside it are looked for.
        #[path = "../src"]
        mod solution {
            mod $exercise;
            use $exercise as answer;
            #[path = $checks]
            mod checks {
                use super::answer;
                #[allow(clippy::duplicate_mod, reason = "one check judges every answer")]
                pub mod $exercise;
            }
            #[test]
            fn is_right() {
                $crate::check::accepted(checks::$exercise::check());
            }
        }

        #[path = "../variants"]
        mod variant {
            mod $exercise;
            use $exercise as answer;
            #[path = $checks]
            mod checks {
                use super::answer;
                #[allow(clippy::duplicate_mod, reason = "one check judges every answer")]
                pub mod $exercise;
            }
            #[test]
            fn is_right() {
                $crate::check::accepted(checks::$exercise::check());
            }
        }

        $(
            #[path = "../mistakes"]
            mod $mistake {
                mod $exercise {
                    pub mod $mistake;
                }
                use $exercise::$mistake as answer;
                #[path = $checks]
                mod checks {
                    use super::answer;
                    #[allow(clippy::duplicate_mod, reason = "one check judges every answer")]
                    pub mod $exercise;
                }
                #[test]
                fn is_told_what_is_wrong() {
                    let verdict = checks::$exercise::check();
                    if let Some(text) = $crate::check::rejected(super::FOLDER, super::EXERCISE, &verdict) {
                        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                            insta::assert_snapshot!(concat!(stringify!($exercise), "@", stringify!($mistake)), text);
                        });
                    }
                }
            }
        )*

        #[test]
        fn every_mistake_has_a_file_a_sentence_of_its_own_and_a_hint() {
            $crate::check::nothing_is_left_out(FOLDER, EXERCISE, &[$(stringify!($mistake)),*]);
        }
    };
}

/// Asserts that an answer is right, where this host lets us see what it does.
pub fn accepted(verdict: Verdict) {
    match verdict {
        Err(diagnosis) if diagnosis.kind == (Kind::Unseen {}) => eprintln!("skipped: {diagnosis}"),
        Err(diagnosis) => panic!("a right answer was rejected\n{diagnosis}"),
        Ok(()) => {}
    }
}

/// What the reader is told of a mistake; `None`, said aloud, where this host does not let us see it.
#[must_use]
pub fn rejected(folder: &str, exercise: &str, verdict: &Verdict) -> Option<String> {
    if let Err(diagnosis) = verdict
        && diagnosis.kind == (Kind::Unseen {})
    {
        eprintln!("skipped: {diagnosis}");
        return None;
    }
    let folder = exercises(folder);
    let chapter = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Some(report(&folder, chapter, exercise, verdict))
}

/// Asserts that an exercise is whole: three hints, at least three mistakes, a snapshot for each, in which
/// each is told something else.
pub fn nothing_is_left_out(folder: &str, exercise: &str, tested: &[&str]) {
    let own = Path::new(folder);
    let mistakes = names_in(&own.join("mistakes").join(exercise), "", ".rs");
    assert_eq!(
        mistakes,
        tested.iter().map(ToString::to_string).collect(),
        "the mistakes in the folder, and those in the test"
    );
    assert!(mistakes.len() >= 3, "there are {} mistakes", mistakes.len());
    let snapshots = names_in(&own.join("tests/snapshots"), &format!("{exercise}@"), ".snap");
    assert_eq!(snapshots, mistakes, "the snapshots, and the mistakes");

    let mut told: BTreeMap<String, &str> = BTreeMap::new();
    for mistake in &mistakes {
        let source = read(&own.join(format!("mistakes/{exercise}/{mistake}.rs")));
        assert!(source.starts_with("//! "), "{mistake} does not say where one meets it");
        let snapshot = read(&own.join(format!("tests/snapshots/{exercise}@{mistake}.snap")));
        let told_here = reason(&snapshot);
        assert!(!told_here.contains("RIGHT\n"), "{mistake} is taken for right");
        if let Some(other) = told.insert(told_here.clone(), mistake) {
            panic!("{mistake} and {other} are told the same: {told_here}");
        }
    }

    let hints = read(&exercises(folder).join(format!("hints/{exercise}.md")));
    let headings: Vec<&str> = hints.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## Hint 1", "## Hint 2", "## Hint 3"], "the headings of {exercise}'s hints");
    let task = read(&own.join(format!("src/{exercise}.rs")));
    for part in ["//! # ", "//! The rule: ", "//! Book: chapter ", "//! Check: cargo xtask check ", "//! Kind: "] {
        assert!(task.lines().any(|line| line.starts_with(part)), "the task of {exercise} has no line {part}");
    }
}

/// What a verdict says is wrong: its headline, and the reason where one is given.
fn reason(snapshot: &str) -> String {
    let row = |line: &&str| {
        line.contains("   NOT ") || line.contains(": ") && !line.starts_with(' ') || line.starts_with("  because ")
    };
    snapshot.rsplit("---\n").next().unwrap_or_default().lines().filter(row).collect::<Vec<_>>().join("\n")
}

/// The exercises that belong to a folder of solutions.
fn exercises(solutions: &str) -> PathBuf {
    let solutions = Path::new(solutions);
    solutions.join("../../exercises").join(solutions.file_name().unwrap_or_default())
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names_in(folder: &Path, beginning: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        Some(name.strip_prefix(beginning)?.strip_suffix(ending)?.to_owned())
    };
    entries.filter_map(|entry| name(entry.ok()?)).collect()
}
