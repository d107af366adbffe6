//! `doctor`: what this host has of what the chapters need.
//!
//! Everything is asked of the kernel by trying it. A version number tells neither what a
//! distribution has ported back nor what a container has taken away.

mod kernel;
mod limits;
mod tools;

use std::io::Write;

use crate::arguments::Arguments;
use crate::chapters::Chapter;
use crate::command::Command;
use crate::outcome::{Exit, Outcome, Stop};
use crate::workspace::Workspace;

/// `cargo xtask doctor`.
pub const COMMAND: Command = Command {
    name: "doctor",
    about: "shows what this host lacks, for which chapter, and what to do",
    help: "\
Tries what the chapters need of the kernel and of the host, and shows what is
there, what is missing, for which chapter that matters and what to do.

  ok        it is there
  short     it is there, but a chapter would use more
  without   it is not there, and the chapters do without
  MISSING   it is not there, and a chapter needs it

Usage: cargo xtask doctor

Exit code: 0, or 3 where a chapter that is written needs what is missing.

Example: cargo xtask doctor
",
    run,
};

/// One thing that chapters need or use.
#[derive(Debug)]
struct Finding {
    /// What it is called.
    what: &'static str,
    /// What for.
    serves: &'static str,
    /// Which chapters.
    chapters: Chapters,
    /// Whether it is there.
    state: State,
    /// What to do where it is not.
    remedy: &'static str,
}

/// Whether something is there.
#[derive(Debug)]
enum State {
    /// It is, with a detail worth telling or none.
    Here(String),
    /// There is less of it than a chapter would use; how much.
    Short(String),
    /// It is not, and nothing depends on it; what was tried and what happened.
    Without(String),
    /// It is not, and the chapters need it; likewise.
    Missing(String),
}

/// The chapters that something matters for.
#[derive(Debug, Clone, Copy)]
enum Chapters {
    /// All of them.
    All,
    /// Those with these numbers.
    Only(&'static [&'static str]),
}

impl Chapters {
    fn has(self, chapter: &Chapter) -> bool {
        match self {
            Chapters::All => true,
            Chapters::Only(numbers) => numbers.contains(&chapter.number()),
        }
    }

    fn any_written(self, chapters: &[Chapter]) -> bool {
        chapters.iter().any(|chapter| chapter.written && self.has(chapter))
    }

    /// As a reader is told: `chapters 04, 05, 06`.
    fn told(self) -> String {
        match self {
            Chapters::All => "every chapter".into(),
            Chapters::Only([one]) => format!("chapter {one}"),
            Chapters::Only(several) => format!("chapters {}", several.join(", ")),
        }
    }
}

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    arguments.end()?;
    let chapters = Workspace::find()?.chapters()?;
    writeln!(out, "{}\n", kernel::name())?;

    let mut needed = Vec::new();
    for finding in [kernel::findings(), limits::findings(), tools::findings()].into_iter().flatten() {
        show(&finding, out)?;
        if matches!(finding.state, State::Missing(_)) && finding.chapters.any_written(&chapters) {
            needed.push(finding.what);
        }
    }
    let written: Vec<&str> = chapters.iter().filter(|chapter| chapter.written).map(Chapter::number).collect();
    let written = written.join(", ");
    if needed.is_empty() {
        writeln!(out, "\nAll that the chapters written so far ({written}) need is here.")?;
        return Ok(Exit::Done);
    }
    writeln!(out, "\nThe chapters written so far ({written}) need what is missing: {}.", needed.join(", "))?;
    Ok(Exit::HostLacks)
}

fn show(finding: &Finding, out: &mut dyn Write) -> Result<(), Stop> {
    let (mark, detail) = match &finding.state {
        State::Here(detail) => ("ok", detail),
        State::Short(detail) => ("short", detail),
        State::Without(detail) => ("without", detail),
        State::Missing(detail) => ("MISSING", detail),
    };
    let serves = format!("{}: {}", finding.chapters.told(), finding.serves);
    writeln!(out, "{mark:<9}{:<20}{serves}", finding.what)?;
    if !detail.is_empty() {
        writeln!(out, "{:29}{detail}", "")?;
    }
    if !matches!(finding.state, State::Here(_)) {
        writeln!(out, "{:29}do: {}", "", finding.remedy)?;
    }
    Ok(())
}
