//! Links within the book, and from it into the repository.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use crate::fault::{Fault, Wrong, did_you_mean};
use crate::path::joined;
use crate::reading::{Link, Reading};
use crate::repository::Repository;

/// What a link may lead to.
pub struct Targets<'a> {
    /// The checkout.
    pub repository: &'a Repository,
    /// The book's source folder, from the root: `book/src`.
    pub src: &'a str,
    /// Each page, from the source folder, with its anchors.
    pub anchors: &'a BTreeMap<String, BTreeSet<String>>,
    /// Where the repository can be read, if that is known.
    pub url: Option<&'a str>,
}

/// Text to put in place of a part of a page.
pub type Change = (Range<usize>, String);

/// Checks the links of a page. Those that lead out of the book, into the repository, come back as
/// changes.
pub fn check(
    targets: &Targets<'_>,
    file: &str,
    page: &str,
    text: &str,
    reading: &Reading,
) -> (Vec<Change>, Vec<Fault>) {
    let (mut changes, mut faults) = (Vec::new(), Vec::new());
    for link in &reading.links {
        match targets.lead(page, text, link) {
            Ok(change) => changes.extend(change),
            Err(wrong) => faults.push(wrong.at(file, link.line)),
        }
    }
    (changes, faults)
}

impl Targets<'_> {
    fn lead(&self, page: &str, text: &str, link: &Link) -> Result<Option<Change>, Wrong> {
        let target = link.target.as_str();
        if has_scheme(target) {
            return Ok(None);
        }
        let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
        if path.is_empty() {
            return self.anchor(page, anchor).map(|()| None);
        }
        let folder = Path::new(self.src).join(page);
        let folder = folder.parent().unwrap_or(Path::new(""));
        let remedy = "write a path from the page to what it leads to, such as glossary.md or ../../README.md";
        let Some(file) = joined(folder, path) else {
            return Err(Wrong::new(format_args!("the link to {target} leads out of the repository"), remedy));
        };
        let within = file.strip_prefix(self.src).and_then(|rest| rest.strip_prefix('/'));
        match within {
            Some(other) if self.anchors.contains_key(other) => self.anchor(other, anchor).map(|()| None),
            Some(other) if other.ends_with(".html") && self.anchors.contains_key(&other.replace(".html", ".md")) => {
                Err(Wrong::new(
                    format_args!("the link to {target} names the built page"),
                    "write .md: mdBook turns it into .html",
                ))
            }
            _ if !self.repository.root.join(&file).exists() => {
                let near = did_you_mean(within.unwrap_or(&file), self.anchors.keys().map(String::as_str));
                Err(Wrong::new(format_args!("the link to {target} leads nowhere: there is no {file}.{near}"), remedy))
            }
            Some(other) if other.ends_with(".md") => Err(Wrong::new(
                format_args!("the link to {target} leads to a page that the book does not show"),
                format_args!("list {other} in {}/SUMMARY.md, or link elsewhere", self.src),
            )),
            Some(_) => Ok(None),
            None if link.plain => Ok(Some((link.range.clone(), self.outside(&text[link.text.clone()], &file)))),
            None => Err(Wrong::new(
                format_args!("{target} lies outside of the book, and mdBook would not bring it along"),
                "write the link in Markdown, or move the file into the book",
            )),
        }
    }

    fn anchor(&self, page: &str, anchor: Option<&str>) -> Result<(), Wrong> {
        let Some(anchor) = anchor else { return Ok(()) };
        let anchors = &self.anchors[page];
        if anchors.contains(anchor) {
            return Ok(());
        }
        let near = did_you_mean(anchor, anchors.iter().map(String::as_str));
        Err(Wrong::new(
            format_args!("{page} has no anchor #{anchor}.{near}"),
            "name a heading of it: small letters, a dash for each space, nothing else but letters, digits and _",
        ))
    }

    /// A link to a file of the repository; where nobody knows its address, the file's path.
    fn outside(&self, text: &str, file: &str) -> String {
        if let Some(url) = self.url {
            let kind = if self.repository.root.join(file).is_dir() { "tree" } else { "blob" };
            return format!("[{text}]({}/{kind}/HEAD/{file})", url.trim_end_matches('/'));
        }
        let name = file.rsplit('/').next().unwrap_or(file);
        let bare = text.trim_matches('`').trim_end_matches('/');
        if bare == file || bare == name { format!("`{file}`") } else { format!("{text} (`{file}`)") }
    }
}

/// Whether a target is an address of its own: `https:`, `mailto:`.
fn has_scheme(target: &str) -> bool {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "+.-".contains(letter);
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.chars().all(is_letter)
}
