//! Commands, files and demos that a page names as code: each must be there.

use crate::claims::Claims;
use crate::fault::{Fault, Wrong, did_you_mean};
use crate::reading::{Code, Reading};
use crate::repository::{Chapter, Repository};

/// The folders of the repository, those to come too. A path that begins with another name is
/// somebody else's: the kernel's, or the host's.
const FOLDERS: [&str; 10] =
    [".cargo", ".ci", "bench", "book", "chapters", "exercises", "lab", "playground", "solutions", "xtask"];

/// Checks what a page names.
pub fn check(repository: &Repository, claims: &Claims, file: &str, reading: &Reading) -> Vec<Fault> {
    let checker = Checker { repository, claims };
    let mut faults = Vec::new();
    for code in &reading.codes {
        let wrongs = checker.paths(&code.text).into_iter().chain(checker.commands(code)).chain(checker.demo(code));
        faults.extend(wrongs.map(|wrong| wrong.at(file, code.line)));
    }
    faults
}

struct Checker<'a> {
    repository: &'a Repository,
    claims: &'a Claims,
}

impl Checker<'_> {
    /// `lab/src/show.rs`, `chapters/NN-name/src/demos/`: as far as no part of it stands for another.
    fn paths(&self, text: &str) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        for word in text.split(|letter: char| letter.is_whitespace() || "\"'`()[]{},;=|".contains(letter)) {
            let word = word.trim_start_matches("./");
            let word = word.split(':').next().unwrap_or_default().trim_end_matches(['.', '/']);
            let Some((first, _)) = word.split_once('/') else { continue };
            if !FOLDERS.contains(&first) {
                continue;
            }
            let known: Vec<&str> = word.split('/').take_while(|part| !is_placeholder(part)).collect();
            let known = known.join("/");
            // A folder to come may be described by what will stand in it, never by a file's name.
            let described = known == first && known != word;
            if !described && !self.repository.root.join(&known).exists() {
                wrongs.push(Wrong::new(
                    format_args!("there is no {known} in the repository"),
                    "name a file that is there; write NN or NAME for a part that stands for any",
                ));
            }
        }
        wrongs
    }

    /// `cargo xtask run chapter-01 two_phases --raw`, and `chapter-01 two_phases` alone.
    fn commands(&self, code: &Code) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        let mut rest = code.text.as_str();
        let mut any = false;
        while let Some((_, after)) = rest.split_once("cargo xtask") {
            any = true;
            rest = after;
            // What stands apart is an explanation.
            let command = after.split("  ").next().unwrap_or_default();
            let command = command.split([';', '#', '&', '>', '·']).next().unwrap_or_default();
            // A pipe, unless it parts the choices of a usage.
            let command = command.split(" | ").next().filter(|_| !command.contains('[')).unwrap_or(command);
            wrongs.extend(self.command(command).err());
        }
        if !any && code.text.starts_with("chapter-") && code.text.contains(' ') {
            wrongs.extend(self.run(&words_of(&code.text)).err());
        }
        wrongs
    }

    fn command(&self, command: &str) -> Result<(), Wrong> {
        let words = words_of(command);
        let Some((&name, rest)) = words.split_first() else { return Ok(()) };
        let commands = &self.repository.commands;
        if is_placeholder(name) || ["--help", "-h"].contains(&name) {
            return Ok(());
        }
        let Some(flags) = commands.flags_of(name) else {
            let near = did_you_mean(name, commands.names());
            let all = commands.names().collect::<Vec<_>>().join(", ");
            let what = format!("cargo xtask has no command {name}.{near}");
            return Err(Wrong::new(what, format_args!("name one that it has: {all}")));
        };
        if name == "run" {
            return self.run(rest);
        }
        for word in rest {
            match (name, *word) {
                (_, word) if is_placeholder(word) => {}
                (_, flag) if flag.starts_with('-') => known_flag(flag, flags, &format!("cargo xtask {name}"))?,
                ("claims", id) => drop(self.claims.find(id)?),
                ("help", command) => self.command(command)?,
                ("check" | "hint" | "solution" | "reset" | "watch", exercise) => self.exercise(exercise)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A chapter, and what its program is asked for.
    fn run(&self, words: &[&str]) -> Result<(), Wrong> {
        let Some((&typed, rest)) = words.split_first() else { return Ok(()) };
        if is_placeholder(typed) || typed == "--help" {
            return Ok(());
        }
        let chapters = &self.repository.chapters;
        let chapter = chapters.iter().find(|chapter| chapter.is_called(typed)).ok_or_else(|| {
            let written: Vec<&str> = chapters.iter().map(Chapter::number).collect();
            let what = format!("there is no chapter {typed} to run. Written so far: {}", written.join(", "));
            Wrong::new(what, "name one that is written, as in chapter-01")
        })?;
        for &word in rest {
            let is_value = word.contains('.') || word.bytes().all(|byte| byte.is_ascii_digit());
            if word.starts_with('-') {
                known_flag(word, &self.repository.commands.of_chapters, "a chapter's program")?;
            } else if !is_placeholder(word) && !is_value && word != "serve" {
                chapter.demo(word)?;
            }
        }
        Ok(())
    }

    fn exercise(&self, name: &str) -> Result<(), Wrong> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let all = || self.repository.exercises.iter().map(|exercise| exercise.name.as_str());
        if all().any(|known| known == name) {
            return Ok(());
        }
        let near = did_you_mean(name, all());
        Err(Wrong::new(
            format_args!("there is no exercise {name}.{near}"),
            "name a file of exercises/…/src, without its .rs",
        ))
    }

    /// The demo `two_phases`.
    fn demo(&self, code: &Code) -> Option<Wrong> {
        let is_name = code.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name || !["demo", "Demo"].contains(&code.after.trim_start_matches('(')) {
            return None;
        }
        let demos = || self.repository.chapters.iter().flat_map(|chapter| &chapter.demos).map(String::as_str);
        if demos().any(|demo| demo == code.text) {
            return None;
        }
        let near = did_you_mean(&code.text, demos());
        Some(Wrong::new(format_args!("no chapter has a demo {}.{near}", code.text), "name one that there is"))
    }
}

/// The words of a usage: `book [--open|--watch]` names both flags.
fn words_of(command: &str) -> Vec<&str> {
    let is_between = |letter: char| letter.is_whitespace() || "[]|`\"',".contains(letter);
    command
        .split(is_between)
        .map(|word| word.trim_end_matches(['.', ':', ')']))
        .filter(|word| !word.is_empty())
        .collect()
}

fn known_flag(flag: &str, flags: &[String], whose: &str) -> Result<(), Wrong> {
    let flag = flag.split('=').next().unwrap_or(flag);
    if flag == "--help" || flag == "-h" || flag == "--" || flags.iter().any(|known| known == flag) {
        return Ok(());
    }
    let near = did_you_mean(flag, flags.iter().map(String::as_str));
    Err(Wrong::new(format_args!("{whose} has no flag {flag}.{near}"), "name one that its --help explains"))
}

/// `NAME`, `NN-name`, `*.rs`, `<exercise>`, `…`: words that stand for others.
fn is_placeholder(word: &str) -> bool {
    let is_capital = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase());
    let named = ["README", "SUMMARY", "LICENSE"];
    let mut parts = word.split(['-', '_', '.']).filter(|part| !named.contains(part));
    word.contains(['*', '<', '…']) || word.contains("...") || parts.any(is_capital)
}
