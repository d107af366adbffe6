//! What the reader has done: the file `.progress`.
//!
//! It lies in the checkout's folder and not in `target/`, because `cargo clean` is to cost a reader some
//! seconds, not their memory of what was right. It is plain text, a line an exercise:
//!
//! ```text
//! 01-blocking/read_exactly last=right@2026-11-20T18:40:12Z#cbf29ce484222325 right=2026-… hints=2
//! ```
//!
//! Behind `#` stands a hash of the reader's file as it was then. The file is replaced as a whole, so a
//! full disk or a power cut leaves the one before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::clock;
use crate::errno::told;
use crate::exercises::Exercise;
use crate::outcome::note;
use crate::verdict::RIGHT;
use crate::workspace::Workspace;

const HEAD: &str =
    "# What was checked when, and how it went. Made by cargo xtask; without it, that is forgotten, and nothing else.\n";

/// What the reader has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    entries: BTreeMap<String, Entry>,
    /// Lines that are not understood, kept as they are.
    strange: Vec<String>,
}

/// What was done in an exercise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    last: Option<Judged>,
    /// The last time that it was right.
    right: Option<Judged>,
    hints: usize,
}

/// A verdict that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judged {
    word: String,
    when: String,
    hash: u64,
}

/// Where the reader is in an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Never checked.
    NotTried,
    /// Checked, and not right; how it went.
    NotYet(String),
    /// Right as it stands; since when.
    Right(String),
    /// It was right then, and the file has changed since.
    Changed(String),
}

impl State {
    /// As a reader is told: `not yet: stuck`.
    pub fn told(&self) -> String {
        let day = |when: &String| when.split('T').next().unwrap_or_default().to_owned();
        match self {
            State::NotTried => "not tried".into(),
            State::NotYet(word) => format!("not yet: {}", word.replace('-', " ")),
            State::Right(when) => format!("right, {}", day(when)),
            State::Changed(when) => format!("right on {}, changed since", day(when)),
        }
    }

    /// Whether it is right as it stands.
    pub fn is_right(&self) -> bool {
        matches!(self, State::Right(_))
    }
}

impl Progress {
    /// Reads it. A reader whose progress cannot be read is told so, and goes on without.
    pub fn read(workspace: &Workspace) -> Progress {
        read(&path(workspace)).unwrap_or_else(|error| {
            note(format_args!(
                "your progress is not known: cannot read {}: {}",
                path(workspace).display(),
                told(&error)
            ));
            Progress::default()
        })
    }

    /// Changes it. A reader whose progress cannot be kept is told so, and what they did stands.
    pub fn change(workspace: &Workspace, change: impl FnOnce(&mut Progress)) {
        if let Err(error) = rewrite(workspace, change) {
            let path = path(workspace);
            note(format_args!(
                "this is not kept in {}: {}. What was kept before still is.",
                path.display(),
                told(&error)
            ));
        }
    }

    /// Where the reader is in an exercise.
    pub fn state(&self, exercise: &Exercise) -> State {
        let Some(entry) = self.entries.get(&exercise.id()) else { return State::NotTried };
        let now = hash_of(exercise);
        match (&entry.last, &entry.right) {
            (_, Some(right)) if Some(right.hash) == now => State::Right(right.when.clone()),
            (Some(last), _) if last.word != RIGHT => State::NotYet(last.word.clone()),
            (_, Some(right)) => State::Changed(right.when.clone()),
            (_, None) => State::NotTried,
        }
    }

    /// Whether it was ever right.
    pub fn passed(&self, exercise: &Exercise) -> bool {
        self.entries.get(&exercise.id()).is_some_and(|entry| entry.right.is_some())
    }

    /// Notes a verdict on a file with this hash.
    pub fn judged(&mut self, exercise: &Exercise, word: &str, hash: u64) {
        let judged = Judged { word: word.to_owned(), when: clock::now(), hash };
        let entry = self.entries.entry(exercise.id()).or_default();
        let known = entry.right.as_ref().is_some_and(|right| right.hash == hash);
        if word == RIGHT && !known {
            entry.right = Some(judged.clone());
        }
        entry.last = Some(judged);
    }

    /// The hash of the file at the last verdict.
    pub fn last_seen(&self, exercise: &Exercise) -> Option<u64> {
        self.entries.get(&exercise.id())?.last.as_ref().map(|last| last.hash)
    }

    /// How many hints the reader has seen.
    pub fn hints(&self, exercise: &Exercise) -> usize {
        self.entries.get(&exercise.id()).map_or(0, |entry| entry.hints)
    }

    /// Notes that the reader has seen so many hints, or more before.
    pub fn saw_hint(&mut self, exercise: &Exercise, number: usize) {
        let entry = self.entries.entry(exercise.id()).or_default();
        entry.hints = entry.hints.max(number);
    }

    /// The reader begins again.
    pub fn forget(&mut self, exercise: &Exercise) {
        if let Some(entry) = self.entries.get_mut(&exercise.id()) {
            (entry.last, entry.hints) = (None, 0);
        }
    }

    fn parse(text: &str) -> Progress {
        let mut progress = Progress::default();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            match entry(line) {
                Some((id, entry)) => drop(progress.entries.insert(id, entry)),
                None => progress.strange.push(line.to_owned()),
            }
        }
        progress
    }

    fn text(&self) -> String {
        let mut text = String::from(HEAD);
        for (id, entry) in &self.entries {
            text += id;
            if let Some(Judged { word, when, hash }) = &entry.last {
                let _ = write!(text, " last={word}@{when}#{hash:016x}");
            }
            if let Some(Judged { when, hash, .. }) = &entry.right {
                let _ = write!(text, " right={when}#{hash:016x}");
            }
            if entry.hints > 0 {
                let _ = write!(text, " hints={}", entry.hints);
            }
            text.push('\n');
        }
        self.strange.iter().for_each(|line| text += &format!("{line}\n"));
        text
    }
}

/// A line of the file.
fn entry(line: &str) -> Option<(String, Entry)> {
    let mut words = line.split_whitespace();
    let id = words.next().filter(|id| id.contains('/'))?;
    let mut entry = Entry::default();
    for word in words {
        match word.split_once('=')? {
            ("last", judged) => {
                let (word, rest) = judged.split_once('@')?;
                entry.last = Some(self::judged(word, rest)?);
            }
            ("right", rest) => entry.right = Some(judged(RIGHT, rest)?),
            ("hints", number) => entry.hints = number.parse().ok()?,
            _ => return None,
        }
    }
    Some((id.to_owned(), entry))
}

fn judged(word: &str, rest: &str) -> Option<Judged> {
    let (when, hash) = rest.split_once('#')?;
    Some(Judged { word: word.to_owned(), when: when.to_owned(), hash: u64::from_str_radix(hash, 16).ok()? })
}

fn path(workspace: &Workspace) -> PathBuf {
    workspace.root.join(".progress")
}

fn read(path: &PathBuf) -> io::Result<Progress> {
    match fs::read(path) {
        Ok(bytes) => Ok(Progress::parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Progress::default()),
        Err(error) => Err(error),
    }
}

fn rewrite(workspace: &Workspace, change: impl FnOnce(&mut Progress)) -> io::Result<()> {
    // A check and a watch may end at the same moment. Some shared folders know no locks; there, the
    // later one wins.
    let folder = File::open(&workspace.root)?;
    let _ = folder.lock();
    let path = path(workspace);
    let mut progress = read(&path)?;
    let before = progress.text();
    change(&mut progress);
    let after = progress.text();
    if after == before {
        return Ok(());
    }
    let new = workspace.root.join(".progress.new");
    let replaced = fs::write(&new, after).and_then(|()| fs::rename(&new, &path));
    if replaced.is_err() {
        // Half of it helps nobody; and where it cannot be removed, the next one writes over it.
        let _ = fs::remove_file(&new);
    }
    replaced
}

/// The hash of the reader's file; `None` where it cannot be read.
pub fn hash_of(exercise: &Exercise) -> Option<u64> {
    Some(hash(&exercise.answer().ok()?))
}

/// FNV-1a: the standard library's hash may change from one Rust to the next, and this one has to last.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{Entry, Judged, Progress, hash};

    #[test]
    fn what_is_written_is_read_again() {
        let judged = |word: &str| Judged { word: word.into(), when: "2026-11-20T18:40:12Z".into(), hash: 0xab };
        let mut progress = Progress::default();
        let entry = Entry { last: Some(judged("stuck")), right: Some(judged("right")), hints: 2 };
        progress.entries.insert("01-blocking/read_exactly".into(), entry);
        progress.entries.insert("01-blocking/relay".into(), Entry { hints: 1, ..Entry::default() });
        let text = progress.text();
        assert!(
            text.contains("last=stuck@2026-11-20T18:40:12Z#00000000000000ab right=2026-11-20T18:40:12Z#"),
            "{text}"
        );
        assert_eq!(Progress::parse(&text), progress);
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let text = "my own note\n01-blocking/relay hints=many\n01-blocking/relay last=right\n";
        let progress = Progress::parse(text);
        assert!(progress.entries.is_empty());
        assert!(progress.text().ends_with(text), "{}", progress.text());
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
