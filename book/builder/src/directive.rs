//! Directives: `{{#name words}}` in a page.

use std::ops::Range;

use crate::fault::{Fault, Wrong, line_of};

/// A directive as it stands in a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Where it stands, braces and all.
    pub range: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// `transcript` of `{{#transcript 01/two_phases}}`.
    pub name: &'a str,
    /// What follows the name.
    pub words: &'a str,
}

/// What a search for directives finds in a page.
#[derive(Debug, Default)]
pub struct Found<'a> {
    /// The directives, in order.
    pub directives: Vec<Directive<'a>>,
    /// What looks like one and is none.
    pub faults: Vec<Fault>,
}

/// Finds the directives of a page. One with a backslash before it is shown, not obeyed; mdBook
/// takes such an escape to the last `}}` of its line.
pub fn find<'a>(file: &str, page: &'a str) -> Found<'a> {
    let mut found = Found::default();
    let mut at = 0;
    while let Some(begin) = page[at..].find("{{").map(|offset| at + offset) {
        let line_end = page[begin..].find('\n').map_or(page.len(), |offset| begin + offset);
        let inside = page[begin + 2..line_end].trim_start();
        if !inside.starts_with('#') {
            at = begin + 2;
            continue;
        }
        let line = line_of(page, begin);
        let wrong = |what: &str, remedy: &str| Wrong::new(what, remedy).at(file, line);
        if page[..begin].ends_with('\\') {
            let end = page[begin..line_end].rfind("}}").map_or(line_end, |offset| begin + offset + 2);
            if page[begin + 2..end].replace("\\{{", "").contains("{{") {
                found.faults.push(wrong(
                    "mdBook shows all that follows the backslash of \\{{#…}} as it stands, this directive too",
                    "put it on a line of its own",
                ));
            }
            at = end;
            continue;
        }
        let Some(end) = page[begin..line_end].find("}}").map(|offset| begin + offset + 2) else {
            found.faults.push(wrong("this directive has no end", "close it with }} in the same line"));
            at = line_end;
            continue;
        };
        let text = page[begin + 2..end - 2].trim().trim_start_matches('#');
        let (name, words) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        found.directives.push(Directive { range: begin..end, line, name, words: words.trim() });
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::find;

    fn names(page: &str) -> Vec<(&str, &str, usize)> {
        find("page.md", page).directives.iter().map(|one| (one.name, one.words, one.line)).collect()
    }

    #[test]
    fn a_directive_has_a_name_words_and_a_line() {
        let page = "One.\n\n{{#transcript 01/two_phases}}\n{{ #include  a.rs:b }} {{#claims}}\n";
        let all = [("transcript", "01/two_phases", 3), ("include", "a.rs:b", 4), ("claims", "", 4)];
        assert_eq!(names(page), all);
    }

    #[test]
    fn an_escaped_directive_is_none() {
        assert_eq!(names("\\{{#transcript 01/two_phases}}"), []);
        assert_eq!(names("{{ transcript }} and {}"), []);
    }

    #[test]
    fn an_escape_reaches_to_the_end_of_its_line() {
        let found = find("page.md", "\\{{#claims}} {{#claims}}\n");
        assert!(found.faults[0].what.contains("this directive too"), "{found:?}");
        assert!(found.directives.is_empty());
        assert!(find("page.md", "\\{{#claims}} \\{{#claims}}\n").faults.is_empty());
    }

    #[test]
    fn a_directive_without_an_end_is_a_fault() {
        let found = find("page.md", "\n{{#claims }\n}}");
        assert_eq!((found.faults[0].line, &*found.faults[0].what), (2, "this directive has no end"));
    }
}
