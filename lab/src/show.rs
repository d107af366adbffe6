//! Shows transcripts on a terminal, in colour where the reader wants it.
//!
//! Colour is put on when a line is shown and never stored. The `colored` crate decides by
//! NO_COLOR, CLICOLOR_FORCE and whether standard output is a terminal.

use std::io::{self, Write};

use colored::{ColoredString, Colorize};

use crate::transcript::{Line, Parts, parts};

/// A line as it is shown.
pub(crate) fn painted(line: &Line) -> String {
    let Parts { who, left, gap, right } = parts(line);
    let who = if who.is_empty() { ColoredString::from(who) } else { who.magenta() };
    let (left, right) = match line {
        Line::Call { .. }
            if right.starts_with('E') && right.chars().nth(1).is_some_and(|second| second.is_ascii_uppercase()) =>
        {
            (left.normal(), right.red())
        }
        Line::Call { .. } => (left.normal(), right.cyan()),
        Line::Say(_) => (left.yellow(), right.normal()),
        Line::Happened { .. } => (left.red(), right.normal()),
        Line::Seen { fact: true, .. } => (left.green(), right.normal()),
        Line::Seen { fact: false, .. } | Line::Skipped(_) => (left.red().bold(), right.normal()),
    };
    format!("{who}{left}{:gap$}{right}", "").trim_end().to_owned()
}

/// A demo's title line.
pub(crate) fn title(name: &str, point: &str) -> String {
    format!("{}: {point}", name.bold())
}

/// Prints to standard output. A reader who closes it (`| head -1`) has seen enough: that is told by
/// [`io::ErrorKind::BrokenPipe`], not by a panic.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
