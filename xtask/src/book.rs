//! `book`: the book, made from what ran.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;

use lexopt::Arg;

use crate::arguments::Arguments;
use crate::cargo;
use crate::chapters::Chapter;
use crate::command::Command;
use crate::outcome::{Exit, Outcome, Stop, note};
use crate::program::{Said, ask};
use crate::workspace::Workspace;

/// The package that builds it.
const BUILDER: &str = "book-builder";

/// `cargo xtask book`.
pub const COMMAND: Command = Command {
    name: "book",
    about: "builds the book, shows it, or checks it",
    help: "\
Builds the book from what ran, as a folder of files that need no network, and
says where it is. The first time, that builds mdBook too: about a minute.

Usage: cargo xtask book [--open|--watch|--check]

  --open        shows it in the browser
  --watch       builds it again after each change, until ^C
  --check       builds nothing that stays: tells all that is not so, by file
                and line, and whether the demos still print what it shows

Exit code: 0, 1 where something is not so, or 101 where it cannot be built.

Example: cargo xtask book --open
",
    run,
};

fn run(mut arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let mut asked: Option<String> = None;
    while let Some(argument) = arguments.next()? {
        let flag = match argument {
            Arg::Long(flag @ ("open" | "watch" | "check")) => format!("--{flag}"),
            other => {
                let what = other.unexpected();
                return Err(Stop::usage(
                    what,
                    "cargo xtask book, with --open, --watch or --check, or with none of them",
                ));
            }
        };
        if let Some(before) = asked.replace(flag.clone()).filter(|before| *before != flag) {
            return Err(Stop::usage(format_args!("{before} and {flag} do not go together"), "ask for one of them"));
        }
    }
    let workspace = Workspace::find()?;
    if asked.as_deref() == Some("--check") {
        return check(&workspace, out);
    }
    let mut words: Vec<OsString> = asked.into_iter().map(OsString::from).collect();
    if let Some(target) = env::var_os("CARGO_TARGET_DIR") {
        words.extend(["--dest".into(), Path::new(&target).join("book").into_os_string()]);
    }
    Err(cargo::become_program(&workspace, BUILDER, &words))
}

/// The builder tells what is wrong with the pages; the chapters, whether what they show is true.
fn check(workspace: &Workspace, out: &mut dyn Write) -> Outcome {
    let Said { code, text } = ask(workspace, BUILDER, &["--check"])?;
    out.write_all(text.as_bytes())?;
    let mut sound = code == 0;
    for chapter in workspace.chapters()?.iter().filter(|chapter| chapter.written) {
        let Said { code, text } = ask(workspace, &chapter.package(), &["--all", "--plain"])?;
        let printed = transcripts(&text);
        let mut differing = 0;
        for (demo, transcript) in &printed {
            if let Some(difference) = difference(workspace, chapter, demo, transcript) {
                writeln!(out, "{difference}")?;
                differing += 1;
            }
        }
        sound &= differing == 0 && matches!(code, 0 | 3);
        match code {
            0 if differing == 0 => writeln!(out, "{}: {} demos print what it shows.", chapter.short(), printed.len())?,
            0 | 3 => {}
            _ => note(format_args!(
                "a demo of {} did not end as it should: cargo xtask run {} --all",
                chapter.folder,
                chapter.short()
            )),
        }
    }
    Ok(if sound { Exit::Done } else { Exit::NotRight })
}

/// What a chapter printed, by demo: a demo's title alone begins at the margin.
fn transcripts(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut demo = "";
    for line in text.lines() {
        if !line.is_empty() && !line.starts_with(' ') {
            demo = line.split(':').next().unwrap_or_default();
        }
        all.entry(demo).or_default().push(line);
    }
    for lines in all.values_mut() {
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
    }
    all
}

/// Where a demo's transcript is not its snapshot, in words; nothing where this host lacks what
/// the demo needs.
fn difference(workspace: &Workspace, chapter: &Chapter, demo: &str, printed: &[&str]) -> Option<String> {
    if let Some(left_out) = printed.iter().find(|line| line.starts_with("  Left out here: ")) {
        note(format_args!("{demo} is not compared. {}", left_out.trim_start()));
        return None;
    }
    let file = format!("chapters/{}/tests/snapshots/{demo}.snap", chapter.folder);
    let snapshot = fs::read_to_string(workspace.root.join(&file)).unwrap_or_default();
    let (header, body) = snapshot.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).unwrap_or_default();
    let shown: Vec<&str> = body.trim_end().lines().collect();
    let lines = printed.len().max(shown.len());
    let at = (0..lines).find(|&at| printed.get(at) != shown.get(at))?;
    let line = header.lines().count() + 3 + at;
    let told = |line: Option<&&str>| line.map_or("nothing".to_owned(), |line| format!("{line:?}"));
    Some(format!(
        "{file}:{line}: the demo no longer prints what the book shows\n    here: {}\n    book: {}\n    \
         Do: cargo test -p {} shows all of it; where the kernel is right, INSTA_UPDATE=always before it writes it anew",
        told(printed.get(at)),
        told(shown.get(at)),
        chapter.package(),
    ))
}

#[cfg(test)]
mod tests {
    use super::transcripts;

    #[test]
    fn what_a_chapter_prints_is_told_apart_by_demo() {
        let text = "one: a point\n\n  read(x)  1\n\n  Seen here: so.\n\ntwo: another: point\n\n  write(x)  1\n";
        let all = transcripts(text);
        assert_eq!(all["one"], ["one: a point", "", "  read(x)  1", "", "  Seen here: so."]);
        assert_eq!(all["two"], ["two: another: point", "", "  write(x)  1"]);
    }
}
