//! `help`: the commands, or one of them.

use std::io::Write;

use crate::COMMANDS;
use crate::arguments::Arguments;
use crate::command::{self, Command};
use crate::outcome::{Exit, Outcome};

/// `cargo xtask help`.
pub const COMMAND: Command = Command {
    name: "help",
    about: "shows this, or the help of a command",
    help: "\
Shows the commands, or how to use one of them.

Usage: cargo xtask help [COMMAND]

Example: cargo xtask help run
",
    run,
};

fn run(mut arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let Some(name) = arguments.value()? else {
        return overview(out);
    };
    let command = command::find(&name.to_string_lossy())?;
    arguments.end()?;
    command.show_help(out)
}

/// Shows what there is.
pub fn overview(out: &mut dyn Write) -> Outcome {
    writeln!(out, "The runner of Ready or Done.\n\nUsage: cargo xtask [COMMAND]\n")?;
    for command in COMMANDS {
        writeln!(out, "  {:<10}{}", command.name, command.about)?;
    }
    out.write_all(
        b"
Without a command: where you are, and what is next.
Each command explains itself: cargo xtask COMMAND --help

Exit codes: 0 done, 1 your work is not right yet, 2 usage, 3 this host lacks
something. A chapter's program has its own; 101 is cargo's: it cannot be built.

Example: cargo xtask run chapter-01
",
    )?;
    Ok(Exit::Done)
}
