//! One page: its directives obeyed, its mentions checked.

use std::collections::BTreeSet;
use std::path::Path;

use crate::claims::Claims;
use crate::directive::{self, Directive};
use crate::fault::{Fault, Wrong};
use crate::links::Change;
use crate::reading::{self, Reading};
use crate::repository::Repository;
use crate::verdicts::{self, Links};
use crate::{exercise, html, include, mentions, questions, transcript};

/// Our directives, with what each takes.
const OURS: [(&str, &str); 8] = [
    ("transcript", "{{#transcript 01/two_phases}}"),
    ("timeline", "{{#timeline 01/two_phases}}"),
    ("predict", "{{#predict 01/two_phases}}, or {{#predict 01/two_phases 2}} for its second question"),
    ("exercise", "{{#exercise 01/read_exactly}}"),
    ("exercises", "{{#exercises 01}}"),
    ("told", "{{#told 01/read_exactly/reads_once}}"),
    ("claim", "{{#claim C023}}"),
    ("claims", "{{#claims 01}}, or {{#claims}} for all"),
];

/// mdBook's, as far as this book uses them.
const MDBOOKS: [&str; 3] = ["include", "rustdoc_include", "title"];

/// A page on its way.
#[derive(Debug)]
pub struct Page {
    /// Its file, from the root: `book/src/01-blocking.md`.
    pub file: String,
    /// The same from the source folder.
    pub path: String,
    /// What stands in the file.
    pub text: String,
    /// What its Markdown holds, and what the directives add to its anchors.
    pub reading: Reading,
    /// What to put in place of parts of it.
    pub changes: Vec<Change>,
    /// The demos that it shows, by transcript or timeline: `01/two_phases`.
    pub shown: BTreeSet<String>,
    /// Those whose transcripts it shows.
    transcripts: BTreeSet<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl Page {
    /// Reads a page and obeys its directives.
    pub fn read(
        src: &str,
        path: &str,
        text: &str,
        repository: &Repository,
        claims: &Claims,
        transcripts: &BTreeSet<String>,
    ) -> Page {
        let file = format!("{src}/{path}");
        let reading = reading::read(&file, text);
        let faults = mentions::check(repository, claims, &file, &reading);
        let mut page = Page {
            file,
            path: path.to_owned(),
            text: text.to_owned(),
            reading,
            changes: Vec::new(),
            shown: BTreeSet::new(),
            transcripts: BTreeSet::new(),
            faults,
        };
        page.faults.append(&mut page.reading.faults);
        // From the page up to the source folder.
        let up = "../".repeat(path.matches('/').count());
        let links = Links { repository, transcripts, up };
        let found = directive::find(&page.file, text);
        page.faults.extend(found.faults);
        for directive in &found.directives {
            match page.obey(directive, claims, &links) {
                Ok(change) => page.changes.extend(change),
                Err(wrong) => page.faults.push(wrong.at(&page.file, directive.line)),
            }
        }
        page
    }

    /// The page as it is to be built.
    pub fn finished(mut self) -> String {
        self.changes.sort_by_key(|(range, _)| range.start);
        let mut text = self.text;
        for (range, replacement) in self.changes.into_iter().rev() {
            text.replace_range(range, &replacement);
        }
        text
    }

    fn obey(&mut self, directive: &Directive<'_>, claims: &Claims, links: &Links<'_>) -> Result<Option<Change>, Wrong> {
        let Directive { range, name, words, .. } = directive;
        if MDBOOKS.contains(name) {
            if *name != "title" {
                let folder = Path::new(&self.file).parent().unwrap_or(Path::new(""));
                include::check(links.repository, folder, directive)?;
            }
            return Ok(None);
        }
        let Some((_, usage)) = OURS.iter().find(|(ours, _)| ours == name) else {
            let known = OURS.iter().map(|(ours, _)| *ours).chain(MDBOOKS);
            let near = crate::fault::did_you_mean(name, known.clone());
            let all = known.collect::<Vec<_>>().join(", ");
            let what = format!("there is no directive {name}.{near}");
            return Err(Wrong::new(
                what,
                format_args!("write one of {all}; to show one as it stands, \\{{{{#{name} …}}}}"),
            ));
        };
        self.stands_alone(directive)?;
        let mut each = words.split_whitespace();
        let first = each.next();
        let second = each.next();
        let extra = each.next().or(second.filter(|_| *name != "predict"));
        if extra.is_some() || (first.is_none() && *name != "claims") {
            return Err(Wrong::new(
                format_args!("{{{{#{name}}}}} does not take {words:?}"),
                format_args!("write {usage}"),
            ));
        }
        let first = first.unwrap_or_default();
        let block = self.block(name, first, second, claims, links)?;
        self.reading.anchors.extend(html::identifiers(&block).map(str::to_owned));
        Ok(Some((range.clone(), format!("\n{block}\n\n"))))
    }

    fn block(
        &mut self,
        name: &str,
        first: &str,
        second: Option<&str>,
        claims: &Claims,
        links: &Links<'_>,
    ) -> Result<String, Wrong> {
        let repository = links.repository;
        match name {
            "transcript" => {
                let block = transcript::terminal(repository, repository.demo(first)?)?;
                self.shown.insert(first.to_owned());
                if !self.transcripts.insert(first.to_owned()) {
                    return Err(Wrong::new(
                        format_args!("the page shows {first} twice"),
                        "remove one, and link to the other",
                    ));
                }
                Ok(block)
            }
            "timeline" => {
                let block = transcript::timeline(repository, repository.demo(first)?)?;
                self.shown.insert(first.to_owned());
                Ok(block)
            }
            "predict" => questions::cards(repository, repository.demo(first)?, second),
            "exercise" => exercise::announcement(repository, first),
            "exercises" => exercise::all_of_chapter(repository, first),
            "told" => exercise::told(repository, first),
            "claim" => Ok(verdicts::one(claims.find(first)?, links)),
            _ if first.is_empty() => verdicts::table(claims, None, links),
            _ => {
                repository.chapter(first)?;
                verdicts::table(claims, Some(first), links)
            }
        }
    }

    /// What a directive makes is a block: it cannot stand within a line, nor within code.
    fn stands_alone(&self, directive: &Directive<'_>) -> Result<(), Wrong> {
        let Directive { range, name, .. } = directive;
        let before = self.text[..range.start].rsplit('\n').next().unwrap_or_default();
        let after = self.text[range.end..].split('\n').next().unwrap_or_default();
        if self.reading.blocks.iter().any(|block| block.contains(&range.start)) {
            return Err(Wrong::new(
                format_args!("{{{{#{name}}}}} stands in a block of code"),
                format_args!("take it out; to show it as it stands, write \\{{{{#{name} …}}}}"),
            ));
        }
        if !before.is_empty() || !after.trim().is_empty() {
            return Err(Wrong::new(
                format_args!("{{{{#{name}}}}} shares its line"),
                "put it on a line of its own, at the margin: it makes a whole block",
            ));
        }
        Ok(())
    }
}
