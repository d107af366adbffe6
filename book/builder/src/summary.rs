//! `SUMMARY.md`, the table of contents.

use std::fs;
use std::path::Path;

use crate::fault::{Fault, Wrong};
use crate::reading;

/// Makes sure that each page that the table of contents names is there. mdBook stops at the first
/// that is not, and does not say in which line it stands.
pub fn check(root: &Path, src: &str) -> Vec<Fault> {
    let file = format!("{src}/SUMMARY.md");
    let text = match fs::read_to_string(root.join(&file)) {
        Ok(text) => text,
        Err(error) => {
            return vec![
                Wrong::new(format_args!("cannot read it: {error}"), "it lists the pages; git restore it").at(&file, 1),
            ];
        }
    };
    let reading = reading::read(&file, &text);
    let missing =
        reading.links.iter().filter(|link| !link.target.is_empty() && !root.join(src).join(&link.target).is_file());
    let fault = |link: &reading::Link| {
        let what = format!("there is no page {}", link.target);
        Wrong::new(what, "write it, mend its name, or leave the brackets empty for a page to come: [Title]()")
            .at(&file, link.line)
    };
    missing.map(fault).chain(reading.faults.iter().cloned()).collect()
}
