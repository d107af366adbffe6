//! What became of an exercise: most often in the words of its check, sometimes in the runner's own.

use std::str;

use crate::exercises::Exercise;
use crate::json;
use crate::outcome::Exit;
use crate::paint::{Colour, paint};

/// The word for an exercise that is right.
pub const RIGHT: &str = "right";
/// The word for one whose calls cannot be seen on this host.
const UNSEEN: &str = "unseen";
/// The word for one that could not be built, though not for what is in it.
const NOT_BUILT: &str = "not-built";

/// For whom a verdict is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a reader.
    Text,
    /// For a program.
    Json,
}

/// What became of an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// One word for it.
    pub word: String,
    /// All of it: some lines of text, or a line of JSON.
    pub body: String,
}

/// A verdict of the runner's own: on what no check can see.
#[derive(Debug)]
pub struct Own {
    /// One word for it.
    pub word: &'static str,
    /// What the headline begins with.
    pub title: &'static str,
    /// What is so, as a sentence without its full stop.
    pub sentence: String,
    /// Labelled lines.
    pub facts: Vec<(&'static str, String)>,
    /// What stands below them, as it is; programs get it as a fact.
    pub below: String,
}

impl Own {
    /// A verdict without facts.
    pub fn new(word: &'static str, title: &'static str, sentence: impl Into<String>) -> Own {
        Own { word, title, sentence: sentence.into(), facts: Vec::new(), below: String::new() }
    }

    /// It could not be built, and not because of what the reader wrote.
    pub fn not_built(sentence: impl Into<String>) -> Own {
        Own::new(NOT_BUILT, "CANNOT BE BUILT HERE", sentence)
    }

    /// Adds a labelled line.
    pub fn with(mut self, label: &'static str, text: impl Into<String>) -> Own {
        self.facts.push((label, text.into()));
        self
    }

    /// Adds what stands below.
    pub fn below(mut self, text: impl Into<String>) -> Own {
        self.below = text.into();
        self
    }

    /// As a verdict on `exercise`.
    pub fn on(self, exercise: &Exercise, form: Form) -> Verdict {
        let body = match form {
            Form::Text => self.text(&exercise.label()),
            Form::Json => self.json(exercise) + "\n",
        };
        Verdict { word: self.word.to_owned(), body }
    }

    fn text(&self, label: &str) -> String {
        let mut text = format!("{label}   {}: {}\n", self.title, self.sentence);
        let rows = self.facts.iter().map(|(label, fact)| row(label, fact)).collect::<String>();
        for part in [rows, self.below.clone()].iter().filter(|part| !part.is_empty()) {
            text += &format!("\n{}\n", part.trim_end_matches('\n'));
        }
        text
    }

    fn json(&self, exercise: &Exercise) -> String {
        let below = (!self.below.is_empty()).then(|| ("output", self.below.clone()));
        let fact = |(label, text): (&str, String)| {
            json::object(&[("label", json::string(label)), ("text", json::string(text.trim_end()))])
        };
        let facts: Vec<String> = self.facts.iter().cloned().chain(below).map(fact).collect();
        json::object(&[
            ("exercise", json::string(&exercise.name)),
            ("chapter", json::string(&exercise.chapter)),
            ("verdict", json::string(self.word)),
            ("sentence", json::string(&self.sentence)),
            ("facts", json::array(&facts)),
        ])
    }
}

impl Verdict {
    /// Reads what a check wrote for us: a word, and under it the verdict.
    pub fn read(bytes: &[u8]) -> Option<Verdict> {
        let (word, body) = str::from_utf8(bytes).ok()?.split_once('\n')?;
        let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        // A disk that ran full in the middle leaves a word with nothing under it.
        let body = body.trim_end();
        (is_word && !body.is_empty()).then(|| Verdict { word: word.to_owned(), body: format!("{body}\n") })
    }

    /// Whether the exercise is right.
    pub fn is_right(&self) -> bool {
        self.word == RIGHT
    }

    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match &*self.word {
            RIGHT => Exit::Done,
            UNSEEN | NOT_BUILT => Exit::HostLacks,
            _ => Exit::NotRight,
        }
    }

    /// What stands after the exercise's name.
    pub fn headline(&self) -> &str {
        let line = self.body.lines().next().unwrap_or_default();
        line.split_once("   ").map_or(line, |(_, headline)| headline)
    }

    /// The text, with its headline in colour.
    pub fn shown(&self, colour: bool) -> String {
        let headline = self.headline();
        let light = if self.is_right() { Colour::Green } else { Colour::Red };
        let (label, rest) = self.body.split_once(headline).unwrap_or(("", &self.body));
        format!("{label}{}{rest}", paint(headline, &[Colour::Bold, light], colour))
    }

    /// The hint that the text holds.
    pub fn hint(&self) -> Option<usize> {
        let line = self.body.lines().find_map(|line| line.strip_prefix("  hint "))?;
        line.split_once(" of ")?.0.parse().ok()
    }
}

/// Where the text of a labelled line begins, and how wide it is.
const COLUMN: usize = 23;
const WIDTH: usize = 76;

/// A labelled line, set as a check sets its own; further lines stand under the first.
pub fn row(label: &str, text: &str) -> String {
    let mut row = String::new();
    for (line, label) in text.lines().flat_map(wrapped).zip([label].into_iter().chain(std::iter::repeat(""))) {
        row += format!("  {label:COLUMN$}{line}").trim_end();
        row.push('\n');
    }
    row
}

/// A line broken at spaces where it is too wide. What is indented is code, and stays as it is.
fn wrapped(line: &str) -> Vec<String> {
    if line.starts_with(' ') || line.chars().count() <= WIDTH {
        return vec![line.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        match lines.last_mut().filter(|last| last.chars().count() + 1 + word.chars().count() <= WIDTH) {
            Some(last) => *last += &format!(" {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Verdict, row};
    use crate::outcome::Exit;

    #[test]
    fn a_check_says_a_word_and_then_the_verdict() {
        let verdict =
            Verdict::read(b"stuck\n01 relay   STUCK: nothing can wake it\n\n  hint 2 of 3    Which?\n").unwrap();
        assert_eq!(
            (&*verdict.word, verdict.headline(), verdict.hint()),
            ("stuck", "STUCK: nothing can wake it", Some(2))
        );
        assert_eq!(verdict.exit(), Exit::NotRight);
        assert!(verdict.shown(true).starts_with("01 relay   \x1b[1;31mSTUCK: nothing can wake it\x1b[0m\n"));
        assert_eq!(verdict.shown(false), verdict.body);
    }

    #[test]
    fn half_a_verdict_is_none() {
        for bytes in [&b""[..], b"right", b"right\n", b"\nx\n", b"RIGHT\nx\n", b"right \nx\n", b"right\n\xff\n"] {
            assert_eq!(Verdict::read(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn each_kind_of_verdict_has_its_exit_code() {
        let exit = |word: &str| Verdict { word: word.into(), body: String::new() }.exit();
        assert_eq!(exit("right"), Exit::Done);
        assert_eq!(exit("unseen"), Exit::HostLacks);
        assert_eq!(exit("does-not-compile"), Exit::NotRight);
        assert_eq!(exit("a word to come"), Exit::NotRight);
    }

    #[test]
    fn a_wide_line_is_broken_between_words() {
        let row = row("hint", &"four ".repeat(20));
        let lines: Vec<&str> = row.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.chars().count() <= 101), "{row}");
        assert_eq!(super::row("hint", &format!("    {}", "code ".repeat(20))).lines().count(), 1);
    }

    #[test]
    fn further_lines_stand_under_the_first() {
        assert_eq!(row("label", "one\n\ntwo"), "  label                  one\n\n                         two\n");
    }
}
