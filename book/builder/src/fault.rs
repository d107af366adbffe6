//! What is wrong with the book: where, what, and what to do.

use std::error::Error;
use std::fmt;

/// One thing that is not so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, from the root of the repository.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is not so.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// What is wrong with a directive or a claim, before it is known where that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is not so.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Wrong {
    /// What is not so, and what to do.
    pub fn new(what: impl fmt::Display, remedy: impl fmt::Display) -> Wrong {
        Wrong { what: what.to_string(), remedy: remedy.to_string() }
    }

    /// The fault that this is in a line of a file.
    pub fn at(self, file: &str, line: usize) -> Fault {
        Fault { file: file.to_owned(), line, what: self.what, remedy: self.remedy }
    }
}

/// All that is wrong, in the order of the files.
#[derive(Debug)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `Ok` where there is none.
    ///
    /// # Errors
    /// There are some.
    pub fn none(mut faults: Vec<Fault>) -> Result<(), Faults> {
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
    }
}

impl Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Fault { file, line, what, remedy } in &self.0 {
            writeln!(to, "{file}:{line}: {what}\n    Do: {remedy}")?;
        }
        match self.0.len() {
            1 => write!(to, "One fault; the book is not built."),
            number => write!(to, "{number} faults; the book is not built."),
        }
    }
}

/// The line, from 1, in which a place of a text lies.
pub fn line_of(text: &str, place: usize) -> usize {
    text.as_bytes()[..place].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// ` Did you mean two_phases?`, or nothing.
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    crate::nearest::nearest(typed, candidates).map_or_else(String::new, |near| format!(" Did you mean {near}?"))
}
