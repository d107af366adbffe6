//! The exercises of the book, in the order in which they are done.
//!
//! An exercise is a test in `exercises/NN-name/tests/`; the reader's file of the same name is in `src/`.
//! What it is (its title, its kind) stands in the head of its solution, from which the reader's file was
//! made: the reader may do with theirs what they like.

pub mod find;
pub mod hints;
pub mod stub;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::outcome::Stop;
use crate::workspace::Workspace;

/// An exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// The folder of its chapter: `01-blocking`.
    pub chapter: String,
    /// Its own name: `read_exactly`.
    pub name: String,
    /// What it is about, in a line.
    pub title: String,
    /// What kind of work it is.
    pub kind: Kind,
    /// Its place among its kind, from the line `Order:`.
    order: u32,
    /// The checkout.
    root: PathBuf,
}

/// What kind of work an exercise is; the order is that of a chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Working code with one fault: five minutes.
    Mend,
    /// What the chapter is about.
    Core,
    /// For who wants more.
    Stretch,
}

impl Kind {
    /// As the line `Kind:` has it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Mend => "mend",
            Kind::Core => "core",
            Kind::Stretch => "stretch",
        }
    }

    /// What a right answer is worth.
    pub fn points(self) -> u32 {
        match self {
            Kind::Mend => 1,
            Kind::Core => 2,
            Kind::Stretch => 3,
        }
    }

    fn read(word: &str) -> Option<Kind> {
        [Kind::Mend, Kind::Core, Kind::Stretch].into_iter().find(|kind| kind.word() == word)
    }
}

impl Exercise {
    fn read(root: &Path, chapter: &str, name: &str) -> Exercise {
        let mut exercise = Exercise {
            chapter: chapter.to_owned(),
            name: name.to_owned(),
            title: String::new(),
            kind: Kind::Core,
            order: u32::MAX,
            root: root.to_owned(),
        };
        let text = fs::read(exercise.solution()).or_else(|_| exercise.answer()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        exercise.title = title(&text).unwrap_or(name).to_owned();
        exercise.kind = kind(&text).unwrap_or(Kind::Core);
        exercise.order = label(&text, "Order:").and_then(|order| order.parse().ok()).unwrap_or(u32::MAX);
        exercise
    }

    /// `01` of `01-blocking`.
    pub fn number(&self) -> &str {
        self.chapter.split_once('-').map_or(&self.chapter, |(number, _)| number)
    }

    /// What it is called in files: `01-blocking/read_exactly`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.chapter, self.name)
    }

    /// What it is called before a reader: `01 read_exactly`.
    pub fn label(&self) -> String {
        format!("{} {}", self.number(), self.name)
    }

    /// What cargo calls the package of its chapter's exercises.
    pub fn package(&self) -> String {
        format!("exercise-{}", self.chapter)
    }

    /// The reader's file.
    pub fn file(&self) -> PathBuf {
        self.root.join(self.shown_file())
    }

    /// What stands in the reader's file.
    ///
    /// # Errors
    /// It cannot be read, or is something that one cannot read to the end, as a FIFO.
    pub fn answer(&self) -> io::Result<Vec<u8>> {
        let file = self.file();
        match fs::metadata(&file)? {
            meta if meta.is_file() => fs::read(file),
            meta if meta.is_dir() => Err(io::Error::from_raw_os_error(libc::EISDIR)),
            _ => Err(io::Error::other("it is neither a file nor a folder")),
        }
    }

    /// The reader's file, as it is called from the checkout's folder.
    pub fn shown_file(&self) -> String {
        format!("exercises/{}/src/{}.rs", self.chapter, self.name)
    }

    /// The test that checks it.
    pub fn test(&self) -> PathBuf {
        self.root.join(format!("exercises/{}/tests/{}.rs", self.chapter, self.name))
    }

    /// What the test asks of it.
    pub fn check(&self) -> PathBuf {
        self.root.join(format!("exercises/{}/tests/checks/{}.rs", self.chapter, self.name))
    }

    /// Its hints.
    pub fn hints(&self) -> PathBuf {
        self.root.join(format!("exercises/{}/hints/{}.md", self.chapter, self.name))
    }

    /// Its solution, with the marks from which the reader's file is made.
    pub fn solution(&self) -> PathBuf {
        self.root.join(format!("solutions/{}/src/{}.rs", self.chapter, self.name))
    }
}

/// All exercises: by chapter, there by kind, there by the line `Order:`, and then by name.
///
/// # Errors
/// A folder that is there cannot be read.
pub fn all(workspace: &Workspace) -> Result<Vec<Exercise>, Stop> {
    let mut exercises = Vec::new();
    for chapter in workspace.packages("exercises")? {
        for name in rust_files(&workspace.root.join("exercises").join(&chapter).join("tests"))? {
            exercises.push(Exercise::read(&workspace.root, &chapter, &name));
        }
    }
    exercises.sort_by(|one, other| {
        let place =
            |exercise: &Exercise| (exercise.chapter.clone(), exercise.kind, exercise.order, exercise.name.clone());
        place(one).cmp(&place(other))
    });
    Ok(exercises)
}

/// The names of the Rust files in a folder, without their ending, in order; none where it is not there.
///
/// # Errors
/// It is there, and cannot be read.
pub fn rust_files(folder: &Path) -> Result<Vec<String>, Stop> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let entries = entries.map_err(|error| Stop::unreadable(folder, &error))?;
    let name = |entry: &fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".rs")?.to_owned());
    let mut names: Vec<String> = entries.iter().filter_map(name).collect();
    names.sort();
    Ok(names)
}

/// The lines of a file's head (`//! …`), without their mark.
fn head(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("//!")).map(str::trim)
}

/// What stands after a label in a file's head.
pub fn label<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    head(text).find_map(|line| line.strip_prefix(label)).map(str::trim)
}

/// What the line `Kind:` of a file's head says: its first word.
pub fn kind(text: &str) -> Option<Kind> {
    let line = label(text, "Kind:")?;
    Kind::read(&line[..line.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(line.len())])
}

/// The heading of a file's head.
fn title(text: &str) -> Option<&str> {
    label(text, "# ").filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind, label, title};

    #[test]
    fn the_head_of_a_file_says_what_the_exercise_is() {
        let text = "//! # Read exactly\n//!\n//! Kind: mend. Five minutes.\n//! Order: 2\n\n//  Kind: core\n";
        assert_eq!(title(text), Some("Read exactly"));
        assert_eq!(kind(text), Some(Kind::Mend));
        assert_eq!(label(text, "Order:"), Some("2"));
    }

    #[test]
    fn a_head_without_a_word_says_nothing() {
        assert_eq!(title("fn f() {}"), None);
        assert_eq!(kind("//! Kind: hard"), None);
        assert_eq!(kind("// Kind: mend"), None);
    }
}
