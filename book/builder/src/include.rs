//! mdBook's own includes. It takes a missing file or region for an empty one; we do not.

use std::path::Path;

use crate::directive::Directive;
use crate::fault::{Wrong, did_you_mean};
use crate::path::joined;
use crate::repository::Repository;

/// Makes sure that an include finds what it names, in a page of this folder.
///
/// # Errors
/// It does not, or it names lines by number.
pub fn check(repository: &Repository, folder: &Path, directive: &Directive<'_>) -> Result<(), Wrong> {
    let mut words = directive.words.split_whitespace();
    let (Some(target), None) = (words.next(), words.next()) else {
        return Err(Wrong::new(
            format_args!("{{{{#{}}}}} takes one word: a file, and after a colon a region of it", directive.name),
            format_args!("write {{{{#{} ../../chapters/…/demo.rs:region}}}}", directive.name),
        ));
    };
    let (path, region) = target.split_once(':').unwrap_or((target, ""));
    let Some(file) = joined(folder, path) else {
        return Err(Wrong::new(
            format_args!("{path} lies outside of the repository"),
            "include what is in it, by a path relative to the page",
        ));
    };
    let text = repository.text(&file, "mend the path; it is relative to the page")?;
    if text.contains("{{#") {
        return Err(Wrong::new(
            format_args!("{file} holds a directive, and mdBook would obey it here"),
            "include a file without one",
        ));
    }
    if region.is_empty() {
        return Ok(());
    }
    if region.starts_with(|letter: char| letter.is_ascii_digit() || letter == ':') {
        return Err(Wrong::new(
            format_args!("lines {region} of {file} are others as soon as somebody edits it"),
            "mark the region in the file, ANCHOR: name above it and ANCHOR_END: name below it, and write its name",
        ));
    }
    let anchors: Vec<&str> = names_after(&text, "ANCHOR:").collect();
    if !anchors.contains(&region) {
        let near = did_you_mean(region, anchors.iter().copied());
        return Err(Wrong::new(
            format_args!("{file} has no region {region}.{near}"),
            format_args!("mark it there with ANCHOR: {region} and ANCHOR_END: {region}, or name one that it has"),
        ));
    }
    if !names_after(&text, "ANCHOR_END:").any(|end| end == region) {
        return Err(Wrong::new(
            format_args!("the region {region} of {file} has no end"),
            format_args!("write ANCHOR_END: {region} below it"),
        ));
    }
    Ok(())
}

fn names_after<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).filter_map(|rest| {
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        rest.trim_start_matches([' ', '\t']).split(|letter| !is_name(letter)).next()
    })
}
