//! What this checkout holds that a page may speak of.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::commands::Commands;
use crate::fault::{Wrong, did_you_mean};

/// A checkout.
#[derive(Debug)]
pub struct Repository {
    /// Its folder.
    pub root: PathBuf,
    /// The chapters that are written.
    pub chapters: Vec<Chapter>,
    /// The exercises, by chapter.
    pub exercises: Vec<Exercise>,
    /// What the runner understands.
    pub commands: Commands,
}

/// A chapter that is written.
#[derive(Debug)]
pub struct Chapter {
    /// Its folder under `chapters/`: `01-blocking`.
    pub folder: String,
    /// Its demos, by name.
    pub demos: Vec<String>,
}

/// An exercise.
#[derive(Debug)]
pub struct Exercise {
    /// The number of its chapter: `01`.
    pub chapter: String,
    /// Its name.
    pub name: String,
    /// Its file, from the root.
    pub file: String,
}

impl Chapter {
    /// `01` of `01-blocking`.
    pub fn number(&self) -> &str {
        number(&self.folder)
    }

    /// `chapter-01-blocking`: what cargo calls it.
    pub fn package(&self) -> String {
        format!("chapter-{}", self.folder)
    }

    /// Its page in the book: `01-blocking.md`.
    pub fn page(&self) -> String {
        format!("{}.md", self.folder)
    }

    /// Whether a reader who types this means it: `chapter-01`, `01`, `1`, `blocking`, `01-blocking`.
    pub fn is_called(&self, typed: &str) -> bool {
        let typed = typed.strip_prefix("chapter-").unwrap_or(typed);
        let by_number = typed.parse::<u8>().is_ok_and(|number| self.number().parse() == Ok(number));
        by_number || typed == self.folder || self.folder.split_once('-').is_some_and(|(_, name)| typed == name)
    }

    /// Makes sure that it has this demo.
    ///
    /// # Errors
    /// It has not, and what may be meant.
    pub fn demo(&self, name: &str) -> Result<(), Wrong> {
        if self.demos.iter().any(|demo| demo == name) {
            return Ok(());
        }
        let near = did_you_mean(name, self.demos.iter().map(String::as_str));
        Err(Wrong::new(
            format_args!("chapter {} has no demo {name}.{near}", self.number()),
            format_args!("name a file of chapters/{}/src/demos, without its .rs", self.folder),
        ))
    }
}

/// A demo that a page names: `01/two_phases`.
#[derive(Debug, Clone, Copy)]
pub struct Demo<'a> {
    /// Its chapter.
    pub chapter: &'a Chapter,
    /// Its name.
    pub name: &'a str,
}

impl Demo<'_> {
    /// What its transcript is called in its page.
    pub fn anchor(&self) -> String {
        format!("demo-{}", self.name)
    }

    /// One of its snapshots, from the root.
    pub fn snapshot(&self, ending: &str) -> String {
        format!("chapters/{}/tests/snapshots/{}{ending}", self.chapter.folder, self.name)
    }
}

impl Repository {
    /// Reads a checkout.
    ///
    /// # Errors
    /// One of its folders cannot be read.
    pub fn read(root: &Path) -> io::Result<Repository> {
        let mut chapters = Vec::new();
        for folder in names_in(&root.join("chapters"))? {
            if root.join("chapters").join(&folder).join("Cargo.toml").is_file() {
                let demos = modules_in(&root.join("chapters").join(&folder).join("src/demos"))?;
                chapters.push(Chapter { folder, demos });
            }
        }
        let mut exercises = Vec::new();
        for folder in names_in(&root.join("exercises"))? {
            for name in modules_in(&root.join("exercises").join(&folder).join("src"))? {
                let file = format!("exercises/{folder}/src/{name}.rs");
                exercises.push(Exercise { chapter: number(&folder).to_owned(), name, file });
            }
        }
        exercises.retain(|exercise| !matches!(exercise.name.as_str(), "lib" | "main"));
        let commands = Commands::read(root)?;
        Ok(Repository { root: root.to_owned(), chapters, exercises, commands })
    }

    /// The chapter of a number.
    ///
    /// # Errors
    /// There is none, and which ones there are.
    pub fn chapter(&self, number: &str) -> Result<&Chapter, Wrong> {
        self.chapters.iter().find(|chapter| chapter.number() == number).ok_or_else(|| {
            let written: Vec<&str> = self.chapters.iter().map(Chapter::number).collect();
            let what = format!("there is no chapter {number} in chapters/. Written so far: {}", written.join(", "));
            Wrong::new(what, "name the chapter by its two digits, as in 01")
        })
    }

    /// The demo that `01/two_phases` names.
    ///
    /// # Errors
    /// There is none, and what may be meant.
    pub fn demo<'a>(&'a self, named: &'a str) -> Result<Demo<'a>, Wrong> {
        let Some((number, name)) = named.split_once('/') else {
            return Err(Wrong::new(
                format_args!("{named:?} names no demo"),
                "write the chapter's two digits, a slash and the demo's name, as in 01/two_phases",
            ));
        };
        let chapter = self.chapter(number)?;
        chapter.demo(name)?;
        Ok(Demo { chapter, name })
    }

    /// Reads a file, named from the root.
    ///
    /// # Errors
    /// That fails; the remedy is the caller's.
    pub fn text(&self, file: &str, remedy: &str) -> Result<String, Wrong> {
        fs::read_to_string(self.root.join(file))
            .map_err(|error| Wrong::new(format_args!("cannot read {file}: {error}"), remedy))
    }

    /// The body of an insta snapshot: what stands below its header.
    ///
    /// # Errors
    /// There is no such snapshot, or it has no header.
    pub fn snapshot(&self, chapter: &Chapter, file: &str) -> Result<String, Wrong> {
        self.body(file, &format!("INSTA_UPDATE=always cargo test -p {} writes it", chapter.package()))
    }

    /// The same of any snapshot; `bless` says what writes it.
    ///
    /// # Errors
    /// There is no such snapshot, or it has no header.
    pub fn body(&self, file: &str, bless: &str) -> Result<String, Wrong> {
        let text = self.text(file, bless)?;
        let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        body.map(|(_, body)| body.to_owned())
            .ok_or_else(|| Wrong::new(format_args!("{file} is no insta snapshot: it has no header"), bless))
    }
}

fn number(folder: &str) -> &str {
    folder.split_once('-').map_or(folder, |(number, _)| number)
}

/// The names in a folder, in order; none where there is no such folder.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// The Rust files in a folder, without their endings.
fn modules_in(folder: &Path) -> io::Result<Vec<String>> {
    let names = names_in(folder)?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect())
}
