//! An exercise as a page announces it: its title, what kind it is, what it asks, its commands.

use crate::fault::{Wrong, did_you_mean};
use crate::html::{command, escaped};
use crate::repository::{Exercise, Repository};

/// What kinds there are.
const KINDS: [&str; 3] = ["mend", "core", "stretch"];

/// The announcement of the exercise that `01/read_exactly` names. Its task is Markdown, and so is
/// what comes of it.
///
/// # Errors
/// There is no such exercise, or its file does not begin as one.
pub fn announcement(repository: &Repository, named: &str) -> Result<String, Wrong> {
    Ok(read(repository, find(repository, named)?)?.1)
}

fn find<'a>(repository: &'a Repository, named: &str) -> Result<&'a Exercise, Wrong> {
    let (number, name) = named.split_once('/').unwrap_or((named, ""));
    let of_chapter = || repository.exercises.iter().filter(|exercise| exercise.chapter == number);
    of_chapter().find(|exercise| exercise.name == name).ok_or_else(|| {
        let near = did_you_mean(name, of_chapter().map(|exercise| exercise.name.as_str()));
        Wrong::new(
            format_args!("there is no exercise {named}.{near}"),
            "write the chapter's two digits, a slash and the name of a file in exercises/…/src, without its .rs",
        )
    })
}

/// What a reader is told who makes the mistake that `01/read_exactly/reads_once` names.
///
/// # Errors
/// There is no such exercise, or no snapshot of that mistake.
pub fn told(repository: &Repository, named: &str) -> Result<String, Wrong> {
    let Some((named, mistake)) = named.rsplit_once('/').filter(|(named, _)| named.contains('/')) else {
        return Err(Wrong::new(
            format_args!("{named:?} names no mistake"),
            "write the chapter's two digits, the exercise and the mistake, as in 01/read_exactly/reads_once",
        ));
    };
    let Exercise { name, file, .. } = find(repository, named)?;
    let folder = file.replacen("exercises/", "solutions/", 1).replace(&format!("src/{name}.rs"), "tests/snapshots");
    let bless = "name a file of the exercise's folder under mistakes/; cargo xtask verify --bless writes the snapshot";
    let body = repository.body(&format!("{folder}/{name}@{mistake}.snap"), bless)?;
    // The hints are for who wrote the mistake, and end what is told.
    let lines: Vec<&str> = body.lines().take_while(|line| !line.trim_start().starts_with("hint ")).collect();
    let lines = lines.join("\n");
    Ok(format!(
        "<figure class=\"transcript\">\n{command}\n<pre class=\"terminal wide\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Verdict on {mistake}\">{lines}</pre>\n</figure>",
        command = command(&format!("cargo xtask check {name}")),
        lines = lines
            .trim_end()
            .lines()
            .map(|line| format!("<span class=\"line\">{}\n</span>", escaped(line)))
            .collect::<String>(),
    ))
}

/// The announcements of all exercises of a chapter: what is to be mended first, what is core next.
///
/// # Errors
/// It has none, or one of them does not begin as an exercise does.
pub fn all_of_chapter(repository: &Repository, number: &str) -> Result<String, Wrong> {
    let of_chapter = repository.exercises.iter().filter(|exercise| exercise.chapter == number);
    let mut all = of_chapter.map(|exercise| read(repository, exercise)).collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() {
        return Err(Wrong::new(
            format_args!("chapter {number} has no exercise in exercises/"),
            format_args!("write one, or leave {{{{#exercises {number}}}}} out until there is one"),
        ));
    }
    all.sort_by_key(|(kind, _)| *kind);
    let blocks: Vec<String> = all.into_iter().map(|(_, block)| block).collect();
    Ok(blocks.join("\n\n"))
}

/// Of which kind an exercise is, by its place among them; and its announcement.
fn read(repository: &Repository, exercise: &Exercise) -> Result<(usize, String), Wrong> {
    let Exercise { name, file, .. } = exercise;
    let source = repository.text(file, "mend it, or leave the directive out")?;
    let (title, kind, task) = head(&source).ok_or_else(|| {
        Wrong::new(
            format_args!("{file} does not begin as an exercise does"),
            format_args!(
                "begin it with //! # Its title and a paragraph below, and give it a line Kind: with one of {}",
                KINDS.join(", ")
            ),
        )
    })?;
    let block = format!(
        "<div class=\"exercise {kind}\" id=\"exercise-{name}\">\n\n\
         **{title}** <span class=\"kind\">{kind}</span>\n\n{task}\n\n{commands}\n\n</div>",
        title = escaped(title),
        commands = command(&format!("cargo xtask check {name}\ncargo xtask hint {name}")),
    );
    Ok((KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len()), block))
}

/// The title, the kind (a line `Kind: core`), and the first paragraph of a file's documentation.
fn head(source: &str) -> Option<(&str, &str, String)> {
    let doc: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let kind = doc.iter().find_map(|line| line.strip_prefix("Kind:"))?.trim().trim_end_matches('.');
    let mut body = doc.iter().copied().skip_while(|line| line.is_empty());
    let title = body.next()?.strip_prefix("# ")?;
    let paragraph: Vec<&str> = body.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    let known = KINDS.contains(&kind) && !paragraph.is_empty();
    known.then(|| (title, kind, paragraph.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn an_exercise_begins_with_a_title_its_kind_and_a_paragraph() {
        let source =
            "//! # Drain on edge\n//!\n//! A server watches\n//! its clients.\n//!\n//! Kind: core\n\nfn x() {}\n";
        assert_eq!(head(source), Some(("Drain on edge", "core", "A server watches\nits clients.".into())));
    }

    #[test]
    fn what_begins_otherwise_is_none() {
        for source in ["", "fn x() {}", "//! # Drain\n//!\n//! A.\n", "//! # Drain\n//!\n//! A.\n//!\n//! Kind: easy\n"]
        {
            assert_eq!(head(source), None, "{source}");
        }
    }
}
