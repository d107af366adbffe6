//! What a subcommand is, and which one the reader means.

use std::io::Write;

use crate::COMMANDS;
use crate::arguments::Arguments;
use crate::chapters::{self, Search};
use crate::nearest::nearest;
use crate::outcome::{Exit, Outcome, Stop};

/// A subcommand.
#[derive(Debug)]
pub struct Command {
    /// What the reader types.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Its help: what it does, its usage, an example.
    pub help: &'static str,
    /// Does it. What it has to say goes to the writer; notes and troubles do not.
    pub run: fn(Arguments, &mut dyn Write) -> Outcome,
}

impl Command {
    /// Runs it, or shows its help where the reader asks for that.
    pub fn start(&self, arguments: Arguments, out: &mut dyn Write) -> Outcome {
        match (self.run)(arguments, out) {
            Err(Stop::Help) => self.show_help(out),
            outcome => outcome,
        }
    }

    /// Shows its help.
    pub fn show_help(&self, out: &mut dyn Write) -> Outcome {
        out.write_all(self.help.as_bytes())?;
        Ok(Exit::Done)
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Request {
    /// Nothing in particular.
    Nothing,
    /// An overview of the commands.
    Help,
    /// A subcommand, with the words after it.
    Command(&'static Command, Arguments),
    /// Something that there is not.
    Wrong(Stop),
}

impl Request {
    /// Reads the first word.
    pub fn read(mut arguments: Arguments) -> Request {
        match arguments.value() {
            Ok(None) => Request::Nothing,
            Ok(Some(name)) => match find(&name.to_string_lossy()) {
                Ok(command) => Request::Command(command, arguments),
                Err(stop) => Request::Wrong(stop),
            },
            Err(Stop::Help) => Request::Help,
            Err(stop) => Request::Wrong(stop),
        }
    }
}

/// The command of that name.
///
/// # Errors
/// There is none, and what the reader may have meant.
pub fn find(name: &str) -> Result<&'static Command, Stop> {
    COMMANDS.iter().find(|command| command.name == name).ok_or_else(|| {
        let what = format!("there is no command {name:?}");
        if let Search::Found(chapter) = chapters::search(&chapters::twelve(), name) {
            return Stop::usage(what, format_args!("cargo xtask run {}", chapter.short()));
        }
        match nearest(name, COMMANDS.iter().map(|command| command.name)) {
            Some(near) => Stop::usage(format_args!("{what}. Did you mean {near}?"), "cargo xtask help lists them"),
            None => Stop::usage(what, "cargo xtask help lists them"),
        }
    })
}
