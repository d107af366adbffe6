//! Exercises for the book, and a cargo that plays their checks.
//!
//! `book([]).with_exercise("01-blocking", "relay", "core").answered("relay", STUCK).asks("check relay")`

use std::fs;
use std::path::PathBuf;

use super::{Book, book};

/// `cargo test`, played: the answer to an exercise says, in shell, what comes of it.
const TEST: &str = r#"
for word; do
    case $before in --package) package=$word ;; --test) name=$word ;; esac
    before=$word
done
builds() { echo "{\"reason\":\"build-finished\",\"success\":$1}"; }
# What a check writes: one word, and the verdict as text or as JSON.
says() {
    body="01 $name   $2"
    [ -z "$READY_OR_DONE_VERDICT_JSON" ] || body="{\"exercise\":\"$name\",\"verdict\":\"$1\"}"
    printf '%s\n%s\n' "$1" "$body" > "$READY_OR_DONE_VERDICT"
}
case $package in
exercise-*) . "./exercises/${package#exercise-}/src/$name.rs" ;;
solution-*) . "./solutions/${package#solution-}/play" ;;
esac
"#;

/// Answers, as our cargo plays them.
pub const RIGHT: &str = "builds true; says right RIGHT\n";
pub const STUCK: &str = "builds true; says stuck 'STUCK: nothing can wake it'; exit 101\n";
pub const UNSEEN: &str = "builds true; says unseen 'CANNOT BE SEEN HERE: no'; exit 101\n";
pub const NOT_WRITTEN: &str = "builds true; says not-written 'NOT WRITTEN YET: the body is still todo!()'; exit 101\n";
pub const DOES_NOT_COMPILE: &str = "\
{
    echo '   Compiling exercise-01-blocking v0.1.0'
    printf 'error[E0308]: mismatched types\\n --> here\\n\\n'
    echo 'error: could not compile `exercise-01-blocking` (test \"relay\") due to 1 previous error'
} >&2
builds false
exit 101
";

/// Three exercises, named so that their order is not the alphabet's.
pub fn three() -> Book {
    book(["01-blocking"])
        .with_exercise("01-blocking", "zeal", "mend")
        .with_exercise("01-blocking", "relay", "core")
        .with_exercise("01-blocking", "answer", "stretch")
}

/// What a reader begins with: an exercise to mend has a fault, the others are not written.
fn begun(kind: &str) -> &'static str {
    match kind {
        "mend" => "builds true; says wrong 'NOT RIGHT YET: it has a fault'; exit 101",
        _ => NOT_WRITTEN.trim_ascii(),
    }
}

/// A solution: shell in Rust's clothes. The shell takes the lines with slashes for commands that it does
/// not have, complains, and goes on.
fn solution(name: &str, kind: &str) -> String {
    let gap =
        format!("    // exercise: begin {}\n    builds true; says right RIGHT\n    // exercise: end\n", begun(kind));
    format!("//! # About {name}\n//! Kind: {kind}\n# above\n{gap}")
}

/// What is made from it.
fn stub(name: &str, kind: &str) -> String {
    format!("//! # About {name}\n//! Kind: {kind}\n# above\n    {}\n", begun(kind))
}

impl Book {
    /// An exercise that is not written yet, with all its parts.
    pub fn with_exercise(self, chapter: &str, name: &str, kind: &str) -> Book {
        self.write("test", TEST);
        for (path, text) in [
            ("exercises/{c}/Cargo.toml", String::new()),
            ("exercises/{c}/src/{n}.rs", stub(name, kind)),
            ("exercises/{c}/tests/{n}.rs", String::new()),
            ("exercises/{c}/tests/checks/{n}.rs", String::new()),
            (
                "exercises/{c}/hints/{n}.md",
                "# Hints\n\n## Hint 1\n\nWhat?\n\n## Hint 2\n\nHow?\n\n## Hint 3\n\nSo.\n".into(),
            ),
            ("solutions/{c}/Cargo.toml", String::new()),
            ("solutions/{c}/src/{n}.rs", solution(name, kind)),
            ("solutions/{c}/tests/{n}.rs", String::new()),
            ("solutions/{c}/variants/{n}.rs", String::new()),
            ("solutions/{c}/mistakes/{n}/one.rs", "//! Often.\n".into()),
            ("solutions/{c}/mistakes/{n}/two.rs", "//! Often.\n".into()),
            ("solutions/{c}/mistakes/{n}/three.rs", "//! Often.\n".into()),
            ("solutions/{c}/play", String::new()),
        ] {
            self.write(&path.replace("{c}", chapter).replace("{n}", name), &text);
        }
        self
    }

    /// The reader has written this, which our cargo plays.
    pub fn answered(self, name: &str, play: &str) -> Book {
        self.answer(name, play);
        self
    }

    /// The reader writes this now.
    pub fn answer(&self, name: &str, play: &str) {
        fs::write(self.file_of(name), play).unwrap();
    }

    /// The reader's file of an exercise.
    pub fn file_of(&self, name: &str) -> PathBuf {
        let chapters = fs::read_dir(self.path("exercises")).unwrap();
        let its = |folder: &PathBuf| folder.join("tests").join(format!("{name}.rs")).exists();
        let folder = chapters.map(|chapter| chapter.unwrap().path()).find(its).unwrap();
        folder.join("src").join(format!("{name}.rs"))
    }
}
