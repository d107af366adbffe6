//! `run`: a chapter's program.

use std::io::Write;

use lexopt::Arg;

use crate::arguments::Arguments;
use crate::cargo;
use crate::chapters::{self, Chapter};
use crate::command::Command;
use crate::outcome::{Outcome, Stop};
use crate::workspace::Workspace;

/// `cargo xtask run`.
pub const COMMAND: Command = Command {
    name: "run",
    about: "runs a chapter, one of its demos, or its echo server",
    help: "\
Runs a chapter: its core demos in order, those that you name, or its echo server.

Usage: cargo xtask run CHAPTER [DEMO...] [OPTION...]
       cargo xtask run CHAPTER serve [--port N]

  CHAPTER       chapter-07, 07, 7, sigio or 07-sigio
  DEMO          a demo's name, as --list shows it
  OPTION        --list, --predict, --raw, --plain and more;
                cargo xtask run CHAPTER --help explains them

All that follows CHAPTER goes to the chapter's own program. The exit code is
the program's too, or 101 where it cannot be built.

Example: cargo xtask run chapter-01 two_phases --predict
",
    run,
};

fn run(mut arguments: Arguments, _: &mut dyn Write) -> Outcome {
    let workspace = Workspace::find()?;
    let chapters = workspace.chapters()?;
    let typed = match arguments.next()? {
        Some(Arg::Value(chapter)) => chapter,
        nothing_or_option => {
            let what =
                if nothing_or_option.is_none() { "run needs a chapter" } else { "options stand after the chapter" };
            let first = chapters::first_written(&chapters).map_or("CHAPTER".into(), Chapter::short);
            return Err(Stop::usage(
                what,
                format_args!("cargo xtask run {first}, or cargo xtask list for all of them"),
            ));
        }
    };
    let chapter = chapters::written(&chapters, &typed.to_string_lossy())?;
    Err(cargo::become_program(&workspace, &chapter.package(), &arguments.rest()?))
}
