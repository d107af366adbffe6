//! The twelve chapters, which of them are written, and which one a reader means.

use crate::nearest::nearest;
use crate::outcome::Stop;

/// Folder, title, and the question that the chapter answers.
#[rustfmt::skip]
const TWELVE: [(&str, &str, &str); 12] = [
    ("01-blocking", "blocking I/O", "What does a thread do while there is nothing to read?"),
    ("02-nonblocking", "non-blocking I/O", "What does a call answer that may not wait?"),
    ("03-threads", "a thread or process for each client", "What does it cost to wait in many places at once?"),
    ("04-select", "select", "How does one thread wait for many descriptors?"),
    ("05-poll", "poll", "What does poll mend in select, and what does it leave?"),
    ("06-epoll", "epoll", "What changes when the kernel keeps the list?"),
    ("07-sigio", "signal-driven I/O", "Can the kernel call us instead?"),
    ("08-signalfd", "signals as descriptors", "How do signals, timers and children join the same wait?"),
    ("09-posix-aio", "POSIX AIO", "Who does the work when a library promises to?"),
    ("10-linux-aio", "Linux AIO", "When does io_submit sleep after all?"),
    ("11-iocp", "I/O completion ports", "What if the kernel tells what is done, not what is ready?"),
    ("12-io-uring", "io_uring", "What is left of the system call when requests travel in a ring?"),
];

/// A chapter, written or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Its folder under `chapters/`: `07-sigio`.
    pub folder: String,
    /// What it is about; empty for a folder that is none of the twelve.
    pub title: &'static str,
    /// What it answers; likewise.
    pub question: &'static str,
    /// Whether its folder is there.
    pub written: bool,
}

impl Chapter {
    /// `07` of `07-sigio`.
    pub fn number(&self) -> &str {
        self.folder.split_once('-').map_or(&self.folder, |(number, _)| number)
    }

    /// `sigio` of `07-sigio`.
    fn name(&self) -> &str {
        self.folder.split_once('-').map_or("", |(_, name)| name)
    }

    /// `chapter-07`: what a reader types.
    pub fn short(&self) -> String {
        format!("chapter-{}", self.number())
    }

    /// `chapter-07-sigio`: what cargo calls it.
    pub fn package(&self) -> String {
        format!("chapter-{}", self.folder)
    }

    fn has_number(&self, digits: &str) -> bool {
        digits.parse::<u8>().is_ok_and(|number| self.number().parse() == Ok(number))
    }

    /// Whether `name` is `7`, `07`, `sigio` or `07-sigio`.
    fn is_called(&self, name: &str) -> bool {
        let both = |(digits, rest)| self.has_number(digits) && rest == self.name();
        name == self.name() || self.has_number(name) || name.split_once('-').is_some_and(both)
    }
}

/// The twelve, none of them written.
pub fn twelve() -> Vec<Chapter> {
    let chapter =
        |(folder, title, question): (&str, _, _)| Chapter { folder: folder.into(), title, question, written: false };
    TWELVE.into_iter().map(chapter).collect()
}

/// The twelve and whatever else has a folder, with those marked that have one.
pub fn with_written(folders: &[String]) -> Vec<Chapter> {
    let mut chapters = twelve();
    for folder in folders {
        match chapters.iter_mut().find(|chapter| chapter.folder == *folder) {
            Some(chapter) => chapter.written = true,
            None => chapters.push(Chapter { folder: folder.clone(), title: "", question: "", written: true }),
        }
    }
    chapters.sort_by(|one, other| one.folder.cmp(&other.folder));
    chapters
}

/// What a search for a chapter comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Search<'a> {
    /// This one.
    Found(&'a Chapter),
    /// None, but this one is near.
    Near(&'a Chapter),
    /// None at all.
    Nothing,
}

/// Finds the chapter that `typed` means: `chapter-07`, `07`, `7`, `sigio` or `07-sigio`, in
/// capitals too, with `_` for `-`, or the folder's path as a shell completes it.
pub fn search<'a>(chapters: &'a [Chapter], typed: &str) -> Search<'a> {
    let typed = typed.to_lowercase().replace('_', "-");
    let typed = typed.trim_end_matches('/');
    let typed = typed.rsplit_once('/').map_or(typed, |(_, folder)| folder);
    let name = typed.strip_prefix("chapter").map_or(typed, |name| name.trim_start_matches('-'));
    if let Some(chapter) = chapters.iter().find(|chapter| chapter.is_called(name)) {
        return Search::Found(chapter);
    }
    // A number that no chapter has is near to none, however alike the digits look.
    if name.parse::<u64>().is_ok() {
        return Search::Nothing;
    }
    let word = name.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '-');
    let meant = nearest(word, chapters.iter().map(Chapter::name));
    let near =
        |chapter: &&Chapter| meant == Some(chapter.name()) || name.split('-').any(|part| chapter.has_number(part));
    chapters.iter().find(near).map_or(Search::Nothing, Search::Near)
}

/// The written chapter that `typed` means.
///
/// # Errors
/// There is none, or it is not written yet; and which ones are.
pub fn written<'a>(chapters: &'a [Chapter], typed: &str) -> Result<&'a Chapter, Stop> {
    let readable: Vec<&str> =
        chapters.iter().filter(|chapter| chapter.written).map(|chapter| &*chapter.folder).collect();
    let next = format!("cargo xtask run {}", first_written(chapters).map_or("CHAPTER".into(), Chapter::short));
    let readable = if readable.is_empty() { "none".into() } else { readable.join(", ") };
    match search(chapters, typed) {
        Search::Found(chapter) if chapter.written => Ok(chapter),
        Search::Found(chapter) => {
            let what = format!("chapter {} is not written yet. Written so far: {readable}", chapter.folder);
            Err(Stop::usage(what, next))
        }
        Search::Near(chapter) => {
            let what = format!("there is no chapter {typed:?}. Did you mean {}?", chapter.folder);
            Err(Stop::usage(what, "cargo xtask list shows them all"))
        }
        Search::Nothing => {
            let what = format!("there is no chapter {typed:?}. Written so far: {readable}");
            Err(Stop::usage(what, "cargo xtask list shows them all"))
        }
    }
}

/// The chapter to begin with.
pub fn first_written(chapters: &[Chapter]) -> Option<&Chapter> {
    chapters.iter().find(|chapter| chapter.written)
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::{Search, search, twelve};

    #[test]
    fn a_chapter_is_found_by_each_of_its_names() {
        let chapters = twelve();
        for typed in [
            "7",
            "07",
            "007",
            "sigio",
            "SIGIO",
            "07-sigio",
            "7-sigio",
            "07_sigio",
            "chapter-7",
            "chapter-07",
            "chapter07",
            "chapter-sigio",
            "chapter-07-sigio",
            "chapters/07-sigio",
            "./chapters/07-sigio/",
        ] {
            assert_eq!(search(&chapters, typed), Search::Found(&chapters[6]), "{typed}");
        }
        for typed in ["io_uring", "12-io-uring", "io-uring"] {
            assert_eq!(search(&chapters, typed), Search::Found(&chapters[11]), "{typed}");
        }
    }

    #[test]
    fn what_is_nearly_a_name_is_near() {
        let chapters = twelve();
        for typed in ["sigoi", "07-signal", "chaptr-07", "chapter-07-sgiio", "8-sigio", "sig"] {
            let near = search(&chapters, typed);
            assert!(
                matches!(near, Search::Near(chapter) if ["sigio", "signalfd"].contains(&chapter.name())),
                "{typed}: {near:?}"
            );
        }
        assert_eq!(search(&chapters, "uring"), Search::Near(&chapters[11]));
    }

    #[test]
    fn a_number_without_a_chapter_is_near_to_none() {
        let chapters = twelve();
        for typed in ["0", "13", "chapter-13", "121", "99999999999", "kqueue", "", "-", "/", "chapter-"] {
            assert_eq!(search(&chapters, typed), Search::Nothing, "{typed}");
        }
    }

    #[test]
    fn the_readme_asks_each_chapters_question() {
        let here = env::var("CARGO_MANIFEST_DIR").expect("cargo tells a test its package's folder");
        let readme = fs::read_to_string(format!("{here}/../README.md")).expect("the README is there");
        for chapter in twelve() {
            let row = readme.lines().find(|line| line.contains(&chapter.folder)).unwrap_or_default();
            assert!(row.contains(chapter.title) && row.contains(chapter.question), "{}: {row}", chapter.folder);
        }
    }
}
