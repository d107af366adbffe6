//! What every chapter's tests ask of its program.
//!
//! They run the built program as a reader would, one process a demo. The functions panic, as
//! assertions do.

#![allow(clippy::missing_panics_doc, reason = "said above for all")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A test for each demo named, that its transcript is its snapshot, and for the figures that the book
/// shows; and one that nothing is left out.
/// The chapter that uses it has insta among its dev-dependencies.
#[macro_export]
macro_rules! transcripts {
    ($program:literal: $($demo:ident)*; figures: $($figure:ident)*) => {
        const PROGRAM: &str = env!(concat!("CARGO_BIN_EXE_", $program));
        const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

        $(
            #[test]
            fn $demo() {
                if let Some(transcript) = $crate::testing::transcript(PROGRAM, stringify!($demo)) {
                    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                        insta::assert_snapshot!(stringify!($demo), transcript);
                    });
                }
            }
        )*

        #[test]
        fn the_figures_that_the_book_shows() {
            $(
                if let Some(figure) = $crate::testing::figure(PROGRAM, stringify!($figure)) {
                    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                        insta::assert_snapshot!(concat!(stringify!($figure), ".svg"), figure);
                    });
                }
            )*
        }

        #[test]
        fn every_demo_has_a_file_a_test_and_a_snapshot() {
            $crate::testing::nothing_is_left_out(PROGRAM, FOLDER.as_ref(), &[$(stringify!($demo)),*]);
        }

        #[test]
        fn every_question_has_the_right_answer_among_its_choices() {
            if let Some(questions) = $crate::testing::questions(PROGRAM) {
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!("questions", questions);
                });
            }
        }

        #[test]
        fn the_kernel_agrees_with_the_claims_that_the_book_settles_here() {
            $crate::testing::claims_hold(PROGRAM, FOLDER.as_ref());
        }
    };
}

/// What the program prints of one demo; `None`, said aloud, where this host lacks what it needs.
#[must_use]
pub fn transcript(program: &str, demo: &str) -> Option<String> {
    printed(program, &[demo, "--plain"])
}

/// The figure that the program draws of one demo; likewise.
#[must_use]
pub fn figure(program: &str, demo: &str) -> Option<String> {
    printed(program, &[demo, "--svg", "-"])
}

fn printed(program: &str, arguments: &[&str]) -> Option<String> {
    let Output { status, stdout, stderr } = run(program, arguments);
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    match status.code() {
        Some(0) => Some(out.into_owned()),
        Some(3) => {
            eprintln!("skipped {arguments:?}, as this host lacks something:\n{out}{err}");
            None
        }
        _ => panic!("{arguments:?} ended with {status}\n{out}{err}"),
    }
}

/// Compares the demos that the program lists with those that have a test, a file and a snapshot.
pub fn nothing_is_left_out(program: &str, folder: &Path, tested: &[&str]) {
    let listed = listed(program);
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let tested = tested.iter().map(ToString::to_string).collect();
    assert_eq!(
        set(listed.clone()),
        set(tested),
        "the demos that main.rs lists, and those that tests/transcripts.rs names"
    );
    let files = names_in(&folder.join("src/demos"), ".rs");
    assert_eq!(set(listed.clone()), set(files), "the demos that main.rs lists, and the files in src/demos");
    let mut snapshots = names_in(&folder.join("tests/snapshots"), ".snap");
    snapshots.retain(|name| name != "questions" && !name.ends_with(".svg"));
    assert_eq!(set(listed), set(snapshots), "the demos that main.rs lists, and the snapshots");
}

/// All questions with all choices, of which exactly one must be right; `None`, said aloud, where this
/// host lacks what a demo needs.
#[must_use]
pub fn questions(program: &str) -> Option<String> {
    let out = printed(program, &["--questions"])?;
    let mut right: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in out.lines() {
        let [demo, question, verdict, ..] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("not a row: {row}") };
        *right.entry((demo, question)).or_default() += usize::from(verdict == "right");
    }
    for ((demo, question), right) in right {
        assert_eq!(right, 1, "the right choices of {demo}'s question: {question}");
    }
    Some(out)
}

/// Compares what the demos observed with the rows of `book/claims.tsv` that name them.
pub fn claims_hold(program: &str, folder: &Path) {
    let chapter = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let chapter = chapter.split('-').next().unwrap_or_default();
    let book = folder.join("../../book/claims.tsv");
    let book = fs::read_to_string(&book).unwrap_or_else(|error| panic!("{}: {error}", book.display()));
    let settled: BTreeSet<(String, String)> =
        book.lines().skip(1).filter_map(|row| settled_here(row, chapter)).collect();

    let Some(out) = printed(program, &["--claims"]) else { return };
    let mut observed = BTreeSet::new();
    for row in out.lines() {
        let [claim, demo, fact, sentence] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("not a row: {row}") };
        assert_eq!(fact, "true", "{demo} saw that it is not so: {sentence}");
        observed.insert((claim.to_owned(), demo.to_owned()));
    }
    assert_eq!(observed, settled, "what the demos settle, and the rows of book/claims.tsv that name them");
}

/// The claim and the demo of a row that a demo of this chapter settles: `01/two_phases`.
fn settled_here(row: &str, chapter: &str) -> Option<(String, String)> {
    let columns: Vec<_> = row.split('\t').collect();
    let (number, demo) = columns.get(6)?.split_once('/')?;
    (number == chapter).then(|| (columns[0].to_owned(), demo.to_owned()))
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn listed(program: &str) -> Vec<String> {
    let out = run(program, &["--list"]).stdout;
    let out = String::from_utf8_lossy(&out).into_owned();
    let name = |line: &str| line.strip_prefix("  ").and_then(|line| line.split_whitespace().next().map(str::to_owned));
    out.lines().filter_map(name).collect()
}

fn names_in(folder: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(ending).map(str::to_owned);
    entries.filter_map(|entry| name(entry.ok()?)).collect()
}
