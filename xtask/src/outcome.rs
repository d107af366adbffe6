//! How a command ends: with an exit code, or early with a word on what to do next.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::errno::told;

/// What a command comes to.
pub type Outcome = Result<Exit, Stop>;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done as asked.
    Done = 0,
    /// Something is not as it should be: the reader's own work, a page of the book, a claim.
    NotRight = 1,
    /// The command line asks for something that is not there.
    Usage = 2,
    /// This host lacks something.
    HostLacks = 3,
}

/// Why a command stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// `--help` stood among its arguments.
    Help,
    /// Whoever read its output has gone, as `head -1` does. Nobody is left to complain to.
    Unheard,
    /// It cannot go on.
    Trouble {
        /// The exit code.
        exit: Exit,
        /// What was tried, and what happened.
        what: String,
        /// What to do next.
        next: String,
    },
}

impl Stop {
    /// The reader asked for what is not there.
    pub fn usage(what: impl Display, next: impl Display) -> Stop {
        Stop::Trouble { exit: Exit::Usage, what: what.to_string(), next: next.to_string() }
    }

    /// The reader's own work has to be right first.
    pub fn not_right(what: impl Display, next: impl Display) -> Stop {
        Stop::Trouble { exit: Exit::NotRight, what: what.to_string(), next: next.to_string() }
    }

    /// A file or folder of the book cannot be read.
    pub fn unreadable(path: &Path, error: &io::Error) -> Stop {
        let what = format!("cannot read {}: {}", path.display(), told(error));
        let path = path.display();
        Stop::host(what, format_args!("ls -ld {path} shows whose it is, git status whether it is as it was cloned"))
    }

    /// The host refused or lacks something.
    pub fn host(what: impl Display, next: impl Display) -> Stop {
        Stop::Trouble { exit: Exit::HostLacks, what: what.to_string(), next: next.to_string() }
    }
}

/// For writing to standard output, and for nothing else: other errors need words of their own.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Unheard,
            _ => Stop::host(format_args!("cannot write to standard output: {}", told(&error)), "look where it leads"),
        }
    }
}

/// Says on standard error why a command stopped, and turns the outcome into the process's.
pub fn exit_code(outcome: Outcome) -> ExitCode {
    let exit = match outcome {
        Ok(exit) => exit,
        Err(Stop::Help | Stop::Unheard) => Exit::Done,
        Err(Stop::Trouble { exit, what, next }) => {
            note(format_args!("{what}\nNext: {next}"));
            exit
        }
    };
    ExitCode::from(exit as u8)
}

/// Tells the reader something that is no part of the answer.
pub fn note(what: impl Display) {
    // Where standard error is closed too, there is nobody to tell that.
    let _ = writeln!(io::stderr(), "cargo xtask: {what}");
}
