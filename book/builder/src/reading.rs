//! What the Markdown of a page holds: anchors, links, and what is set as code.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{
    BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd,
};

use crate::fault::{Fault, Wrong, line_of};

/// A page, read.
#[derive(Debug, Default)]
pub struct Reading {
    /// What a link may lead to.
    pub anchors: BTreeSet<String>,
    /// Where its links lead.
    pub links: Vec<Link>,
    /// What is set as code, span by span and line by line; but no listings in Rust.
    pub codes: Vec<Code>,
    /// The blocks of code.
    pub blocks: Vec<Range<usize>>,
    /// Links that lead nowhere at all.
    pub faults: Vec<Fault>,
}

/// A link or an image.
#[derive(Debug)]
pub struct Link {
    /// Where it stands.
    pub range: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// Where it leads.
    pub target: String,
    /// What it is written on, as it stands in the page.
    pub text: Range<usize>,
    /// Whether it is written in Markdown and is no image.
    pub plain: bool,
}

/// A span of code, or a line of a block.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Its line, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// The word before a span.
    pub after: String,
}

/// Reads a page as mdBook will.
pub fn read<'a>(file: &str, page: &'a str) -> Reading {
    let mut reader =
        Reader { page, reading: Reading::default(), used: HashSet::new(), heading: None, link: None, block: None };
    let mut broken = Vec::new();
    let note = |link: BrokenLink<'a>| -> Option<(CowStr<'a>, CowStr<'a>)> {
        // `[it]` alone may be meant as it stands.
        if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
            broken.push((link.span.start, link.reference.to_string()));
        }
        None
    };
    let mut before = String::new();
    for (event, range) in Parser::new_with_broken_link_callback(page, options(), Some(note)).into_offset_iter() {
        reader.hear(&event, range, &before);
        match event {
            Event::Text(text) => before = text.into_string(),
            _ => before.clear(),
        }
    }
    let fault = |(at, name): (usize, String)| {
        let what = format!("this link leads to [{name}], which the page does not define");
        Wrong::new(what, format_args!("define it: [{name}]: target; or write the target in round brackets"))
            .at(file, line_of(page, at))
    };
    reader.reading.faults = broken.into_iter().map(fault).collect();
    reader.reading
}

/// What mdBook reads, beyond plain CommonMark.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

struct Reader<'a> {
    page: &'a str,
    reading: Reading,
    /// The identifiers that mdBook has made of headings so far.
    used: HashSet<String>,
    /// The text of the heading that is being read.
    heading: Option<String>,
    /// The link that is being read.
    link: Option<Link>,
    /// Whether the block of code that is being read is one of Rust.
    block: Option<bool>,
}

impl Reader<'_> {
    fn hear(&mut self, event: &Event<'_>, range: Range<usize>, before: &str) {
        if let (Some(link), false) = (&mut self.link, matches!(event, Event::End(TagEnd::Link | TagEnd::Image))) {
            let begin = if link.text.is_empty() { range.start } else { link.text.start };
            link.text = begin..range.end.max(link.text.end);
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) if self.block.is_some() => self.block_text(text, range),
            Event::Text(text) => self.heading_text(text),
            Event::Code(text) => {
                self.heading_text(text);
                let after = before.split_whitespace().next_back().unwrap_or_default().to_owned();
                let line = line_of(self.page, range.start);
                self.reading.codes.push(Code { line, text: text.to_string(), after });
            }
            Event::SoftBreak | Event::HardBreak => self.heading_text(" "),
            Event::Html(html) | Event::InlineHtml(html) => self.html(html, range),
            Event::FootnoteReference(name) => {
                self.reading.anchors.insert(format!("fr-{name}-1"));
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { id: Some(id), .. } => {
                self.reading.anchors.insert(id.to_string());
            }
            Tag::Heading { .. } | Tag::DefinitionListTitle => self.heading = Some(String::new()),
            Tag::FootnoteDefinition(name) => {
                self.reading.anchors.insert(format!("footnote-{name}"));
            }
            Tag::CodeBlock(kind) => {
                self.block = Some(matches!(kind, CodeBlockKind::Fenced(info) if info.starts_with("rust")));
                self.reading.blocks.push(range);
            }
            Tag::Link { link_type: LinkType::Email, .. } => {}
            Tag::Link { dest_url, .. } => self.begin_link(dest_url, range, true),
            Tag::Image { dest_url, .. } => self.begin_link(dest_url, range, false),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::DefinitionListTitle => {
                if let Some(heading) = self.heading.take() {
                    let anchor = unique(&identifier(&heading), &mut self.used);
                    self.reading.anchors.insert(anchor);
                }
            }
            TagEnd::Link | TagEnd::Image => self.reading.links.extend(self.link.take()),
            TagEnd::CodeBlock => self.block = None,
            _ => {}
        }
    }

    fn begin_link(&mut self, target: &str, range: Range<usize>, plain: bool) {
        let line = line_of(self.page, range.start);
        self.link = Some(Link { line, target: target.to_owned(), text: range.start..range.start, plain, range });
    }

    fn heading_text(&mut self, text: &str) {
        if let Some(heading) = &mut self.heading {
            *heading += text;
        }
    }

    fn block_text(&mut self, text: &str, range: Range<usize>) {
        if self.block == Some(true) {
            return;
        }
        let first = line_of(self.page, range.start);
        for (at, line) in text.lines().enumerate() {
            self.reading.codes.push(Code { line: first + at, text: line.to_owned(), after: String::new() });
        }
    }

    fn html(&mut self, html: &str, range: Range<usize>) {
        let values = |attribute: &str| -> Vec<(usize, String)> {
            let begin = format!(" {attribute}=\"");
            let found = html.match_indices(&begin).filter_map(|(at, begin)| {
                let value = html[at + begin.len()..].split('"').next()?;
                Some((range.start + at, value.to_owned()))
            });
            found.collect()
        };
        self.reading.anchors.extend(values("id").into_iter().map(|(_, id)| id));
        for (at, target) in values("href").into_iter().chain(values("src")) {
            let line = line_of(self.page, at);
            self.reading.links.push(Link { range: at..at, line, target, text: at..at, plain: false });
        }
    }
}

/// The identifier that mdBook makes of a heading.
fn identifier(heading: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => Some(letter),
        letter if letter.is_whitespace() => Some('-'),
        _ => None,
    };
    heading.trim().to_lowercase().chars().filter_map(letter).collect()
}

fn unique(identifier: &str, used: &mut HashSet<String>) -> String {
    let numbered = (1..).map(|number| format!("{identifier}-{number}"));
    let free = std::iter::once(identifier.to_owned()).chain(numbered).find(|name| used.insert(name.clone()));
    free.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Code, read};

    #[test]
    fn headings_terms_and_tags_are_anchors() {
        let page = "# What `read` does: it's *slow*\n\n## Twice\n\n## Twice\n\n## Named {#other}\n\nterm\n: what it is\n\n<p id=\"raw\">\n";
        let anchors: Vec<String> = read("page.md", page).anchors.into_iter().collect();
        assert_eq!(anchors, ["other", "raw", "term", "twice", "twice-1", "what-read-does-its-slow"]);
    }

    #[test]
    fn links_know_their_lines_targets_and_texts() {
        let page = "One.\n\nTwo [a `b`](c.md#d) and ![e](f.svg).\n\n<a href=\"g.html\">\n";
        let links = read("page.md", page).links;
        let told: Vec<_> =
            links.iter().map(|link| (link.line, &*link.target, &page[link.text.clone()], link.plain)).collect();
        assert_eq!(told, [(3, "c.md#d", "a `b`", true), (3, "f.svg", "e", false), (5, "g.html", "", false)]);
    }

    #[test]
    fn a_reference_without_a_definition_is_a_fault() {
        let faults = read("page.md", "One.\n\n[text][nowhere] and [it]\n").faults;
        assert_eq!(faults.len(), 1);
        assert_eq!(
            (faults[0].line, &*faults[0].what),
            (3, "this link leads to [nowhere], which the page does not define")
        );
    }

    #[test]
    fn code_is_told_by_line_and_listings_are_not() {
        let page = "The demo `x`.\n\n```text\none\ntwo\n```\n\n```rust,ignore\nthree\n```\n";
        let code = |line, text: &str, after: &str| Code { line, text: text.into(), after: after.into() };
        assert_eq!(read("page.md", page).codes, [code(1, "x", "demo"), code(4, "one", ""), code(5, "two", "")]);
    }
}
