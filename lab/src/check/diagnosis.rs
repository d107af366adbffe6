//! What is wrong with an answer, as data; and as the text that a reader sees.

use std::fmt;

use crate::wire::wire;

/// Why an answer is not right yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its body is still `todo!()`.
    NotWritten {},
    /// It did or returned something that it should not.
    Wrong {},
    /// It sleeps, and nothing can wake it.
    Stuck {},
    /// It runs and runs.
    Spinning {},
    /// It was not done in time, and it cannot be known whether it would ever be.
    Late {},
    /// It panicked.
    Panicked {},
    /// A signal killed it.
    Killed {},
    /// It ended the process before it returned.
    Left {},
    /// This host does not let us see what it does.
    Unseen {},
}
wire!(
    enum Kind {
        NotWritten {},
        Wrong {},
        Stuck {},
        Spinning {},
        Late {},
        Panicked {},
        Killed {},
        Left {},
        Unseen {},
    }
);

impl Kind {
    /// One word, for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::NotWritten {} => "not-written",
            Kind::Wrong {} => "wrong",
            Kind::Stuck {} => "stuck",
            Kind::Spinning {} => "spinning",
            Kind::Late {} => "late",
            Kind::Panicked {} => "panicked",
            Kind::Killed {} => "killed",
            Kind::Left {} => "left",
            Kind::Unseen {} => "unseen",
        }
    }

    /// What a headline begins with.
    fn title(self) -> &'static str {
        match self {
            Kind::NotWritten {} => "NOT WRITTEN YET",
            Kind::Wrong {} => "NOT RIGHT YET",
            Kind::Stuck {} => "STUCK",
            Kind::Spinning {} => "SPINNING",
            Kind::Late {} => "NOT DONE IN TIME",
            Kind::Panicked {} => "PANICKED",
            Kind::Killed {} => "KILLED",
            Kind::Left {} => "LEFT EARLY",
            Kind::Unseen {} => "CANNOT BE SEEN HERE",
        }
    }
}

/// A labelled line of a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is: `before that`.
    pub label: String,
    /// What it says.
    pub text: String,
}
wire!(struct Fact { label, text });

/// What is wrong with an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What kind of wrong.
    pub kind: Kind,
    /// What is wrong, in a sentence without its full stop.
    pub sentence: String,
    /// What was seen.
    pub facts: Vec<Fact>,
    /// Which of the exercise's hints helps: 1 to 3.
    pub hint: usize,
}
wire!(struct Diagnosis { kind, sentence, facts, hint });

impl Diagnosis {
    /// A diagnosis without facts, and the first hint for it.
    #[must_use]
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Diagnosis {
        Diagnosis { kind, sentence: sentence.into(), facts: Vec::new(), hint: 1 }
    }

    /// Adds a labelled line.
    #[must_use]
    pub fn with(mut self, label: &str, text: impl Into<String>) -> Diagnosis {
        self.facts.push(Fact { label: label.to_owned(), text: text.into() });
        self
    }

    /// Says which hint helps.
    #[must_use]
    pub fn hint(mut self, hint: usize) -> Diagnosis {
        self.hint = hint;
        self
    }

    /// What stands after an exercise's name: `STUCK: nothing can wake it any more`.
    #[must_use]
    pub fn headline(&self) -> String {
        format!("{}: {}", self.kind.title(), self.sentence)
    }
}

/// Headline and facts, as a test's failure shows them.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline())?;
        if !self.facts.is_empty() {
            writeln!(f)?;
        }
        self.facts.iter().try_for_each(|fact| write!(f, "{}", row(&fact.label, &fact.text)))
    }
}

/// A test that returns a diagnosis fails with its `Debug` text: a reader is shown sentences, not members.
impl fmt::Debug for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where the text of a labelled line begins.
const COLUMN: usize = 23;

/// How wide that text is.
const WIDTH: usize = 76;

/// A labelled line; further lines of its text are set under the first.
pub(super) fn row(label: &str, text: &str) -> String {
    let mut lines = text.lines().flat_map(wrapped);
    let mut row = format!("  {label:COLUMN$}{}\n", lines.next().unwrap_or_default());
    for line in lines {
        row += format!("  {:COLUMN$}{line}", "").trim_end();
        row.push('\n');
    }
    row
}

/// A line broken at spaces where it is too wide.
fn wrapped(line: &str) -> Vec<String> {
    if line.chars().count() <= WIDTH {
        return vec![line.to_owned()];
    }
    let mut lines = vec![String::new()];
    // What is indented, code for one, keeps its indentation.
    let indented = line.len() - line.trim_start().len();
    lines[0].push_str(&line[..indented]);
    for word in line.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        let begun = last.chars().any(|letter| letter != ' ');
        if begun && last.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            *last += if begun { " " } else { "" };
            *last += word;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn a_long_line_goes_on_under_its_beginning() {
        let long = "a word and ".repeat(12);
        let row = row("the rule", long.trim());
        assert_eq!(row.lines().count(), 2, "{row}");
        assert!(row.lines().all(|line| line.chars().count() <= 2 + super::COLUMN + super::WIDTH), "{row}");
        assert!(row.lines().nth(1).is_some_and(|line| line.starts_with(&" ".repeat(2 + super::COLUMN))), "{row}");
    }

    #[test]
    fn a_word_that_is_too_long_stands_alone() {
        assert_eq!(row("it said", &"x".repeat(90)).lines().count(), 1);
    }
}
