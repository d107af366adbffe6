//! The words of the command line.

use std::ffi::OsString;

use lexopt::{Arg, Parser};

use crate::nearest::nearest;
use crate::outcome::Stop;

/// The words not yet taken.
#[derive(Debug)]
pub struct Arguments(Parser);

impl Arguments {
    /// What this process was started with, but for its own name.
    pub fn of_this_process() -> Arguments {
        Arguments(Parser::from_env())
    }

    /// The next option or value.
    ///
    /// # Errors
    /// [`Stop::Help`] for `-h` and `--help`, wherever they stand.
    pub fn next(&mut self) -> Result<Option<Arg<'_>>, Stop> {
        match self.0.next().map_err(not_understood)? {
            Some(Arg::Short('h') | Arg::Long("help")) => Err(Stop::Help),
            argument => Ok(argument),
        }
    }

    /// The next word, where no option may stand.
    ///
    /// # Errors
    /// An option stands there.
    pub fn value(&mut self) -> Result<Option<OsString>, Stop> {
        match self.next()? {
            None => Ok(None),
            Some(Arg::Value(value)) => Ok(Some(value)),
            Some(option) => Err(unexpected(option)),
        }
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// Something is.
    pub fn end(mut self) -> Result<(), Stop> {
        match self.next()? {
            None => Ok(()),
            Some(argument) => Err(unexpected(argument)),
        }
    }

    /// Takes all that is left: values, and switches of these names (`json` for `--json`).
    ///
    /// # Errors
    /// Another switch stands there.
    pub fn split(mut self, switches: &[&'static str]) -> Result<Words, Stop> {
        let mut words = Words { values: Vec::new(), switches: Vec::new() };
        while let Some(argument) = self.next()? {
            match argument {
                Arg::Value(value) => words.values.push(value.to_string_lossy().into_owned()),
                Arg::Long(name) => match switches.iter().find(|switch| **switch == name) {
                    Some(switch) => words.switches.push(switch),
                    None => return Err(no_switch(name, switches)),
                },
                Arg::Short(_) => return Err(unexpected(argument)),
            }
        }
        Ok(words)
    }

    /// All that is left, as it was typed.
    ///
    /// # Errors
    /// An option has a value that nobody took.
    pub fn rest(mut self) -> Result<Vec<OsString>, Stop> {
        self.0.raw_args().map(Iterator::collect).map_err(not_understood)
    }
}

fn no_switch(name: &str, switches: &[&'static str]) -> Stop {
    let near = nearest(name, switches.iter().copied()).map(|near| format!(". Did you mean --{near}?"));
    let what = format!("there is no switch --{name}{}", near.unwrap_or_default());
    Stop::usage(what, "cargo xtask help COMMAND shows what it takes")
}

fn unexpected(argument: Arg<'_>) -> Stop {
    not_understood(argument.unexpected())
}

fn not_understood(error: lexopt::Error) -> Stop {
    Stop::usage(error, "cargo xtask help shows the commands, cargo xtask help COMMAND what one takes")
}

/// The words of a command that takes values and switches, in any order.
#[derive(Debug)]
pub struct Words {
    values: Vec<String>,
    switches: Vec<&'static str>,
}

impl Words {
    /// Whether a switch was given.
    pub fn has(&self, switch: &str) -> bool {
        self.switches.contains(&switch)
    }

    /// All values.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The value, where one may stand.
    ///
    /// # Errors
    /// There are several.
    pub fn at_most_one(&self, what: &str) -> Result<Option<String>, Stop> {
        match &self.values[..] {
            [] => Ok(None),
            [value] => Ok(Some(value.clone())),
            [_, second, ..] => {
                Err(Stop::usage(format_args!("{second:?} is one word too many: this takes {what}"), "--help shows how"))
            }
        }
    }
}
