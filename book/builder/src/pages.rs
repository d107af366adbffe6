//! All pages: what mdBook is handed, and what it is spared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mdbook_driver::config::Config;
use mdbook_driver::errors::Error;
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::claims::Claims;
use crate::directive;
use crate::fault::{Fault, Faults, Wrong};
use crate::links::{self, Targets};
use crate::page::Page;
use crate::repository::Repository;
use crate::summary;

/// The preprocessor, as `book.toml` calls it.
pub const NAME: &str = "book-builder";

/// Puts into the pages what demos, claims and exercises say; stops at what is not so.
#[derive(Debug)]
pub struct Pages;

impl Preprocessor for Pages {
    fn name(&self) -> &str {
        NAME
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool, Error> {
        Ok(renderer == "html")
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book, Error> {
        let root = context.root.parent().unwrap_or(&context.root);
        let folder = context.root.file_name().unwrap_or_default().to_string_lossy();
        let src = format!("{folder}/{}", context.config.book.src.display());
        let repository = Repository::read(root)?;
        let mut faults = Vec::new();
        let claims = Claims::read(&repository, &mut faults);

        let transcripts = transcripts(&repository, &book);
        let read = |chapter: &Chapter| {
            let path = path_of(chapter)?;
            Some(Page::read(&src, &path, &chapter.content, &repository, &claims, &transcripts))
        };
        let mut pages: Vec<Page> = book.chapters().filter_map(read).collect();

        let anchors = pages.iter().map(|page| (page.path.clone(), page.reading.anchors.clone())).collect();
        let url = url_of(&context.config);
        let targets = Targets { repository: &repository, src: &src, anchors: &anchors, url: url.as_deref() };
        for page in &mut pages {
            let (changes, wrong) = links::check(&targets, &page.file, &page.path, &page.text, &page.reading);
            page.changes.extend(changes);
            faults.extend(wrong);
            faults.append(&mut page.faults);
            faults.extend(not_shown(&repository, page));
        }
        faults.extend(summary::check(root, &src));
        faults.extend(not_listed(root, &src, &anchors));
        Faults::none(faults)?;

        let mut finished: BTreeMap<String, String> =
            pages.into_iter().map(|page| (page.path.clone(), page.finished())).collect();
        book.for_each_chapter_mut(|chapter| {
            if let Some(text) = path_of(chapter).and_then(|path| finished.remove(&path)) {
                chapter.content = text;
            }
        });
        Ok(book)
    }
}

/// A page's file, from the source folder.
fn path_of(chapter: &Chapter) -> Option<String> {
    chapter.source_path.as_ref().and_then(|path| path.to_str()).map(str::to_owned)
}

/// Where the repository can be read, if `book.toml` says so.
fn url_of(config: &Config) -> Option<String> {
    config.html_config().and_then(|html| html.git_repository_url)
}

/// The demos whose transcripts stand on the pages of their chapters: what a claim links to.
fn transcripts(repository: &Repository, book: &Book) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for page in book.chapters() {
        let path = path_of(page).unwrap_or_default();
        let Some(chapter) = repository.chapters.iter().find(|chapter| chapter.page() == path) else { continue };
        let directives = directive::find(&path, &page.content).directives;
        let shown =
            directives.iter().filter(|directive| directive.name == "transcript").map(|directive| directive.words);
        all.extend(shown.filter(|demo| demo.starts_with(chapter.number())).map(str::to_owned));
    }
    all
}

/// The demos of a chapter that its page leaves out.
fn not_shown(repository: &Repository, page: &Page) -> Vec<Fault> {
    let Some(chapter) = repository.chapters.iter().find(|chapter| chapter.page() == page.path) else {
        return Vec::new();
    };
    let missing = chapter.demos.iter().map(|demo| format!("{}/{demo}", chapter.number()));
    let missing = missing.filter(|demo| !page.shown.contains(demo));
    let fault = |demo: String| {
        let what = format!("the page never shows the demo {demo}");
        Wrong::new(what, format_args!("write {{{{#transcript {demo}}}}} where it belongs, or {{{{#timeline {demo}}}}}"))
            .at(&page.file, 1)
    };
    missing.map(fault).collect()
}

/// Pages that lie in the source folder and in no table of contents.
fn not_listed(root: &Path, src: &str, anchors: &BTreeMap<String, BTreeSet<String>>) -> Vec<Fault> {
    let entries = fs::read_dir(root.join(src)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let pages = names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md" && !anchors.contains_key(name));
    let fault = |name: String| {
        let remedy = format!("list it in {src}/SUMMARY.md, or remove it");
        Wrong::new("the book does not show this page", remedy).at(&format!("{src}/{name}"), 1)
    };
    pages.map(fault).collect()
}
