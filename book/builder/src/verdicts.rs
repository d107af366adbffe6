//! How settled claims stand on a page.

use std::collections::BTreeSet;

use crate::claims::{Claim, Claims, FILE, Verdict};
use crate::fault::Wrong;
use crate::html::{escaped, sentence};
use crate::repository::Repository;

/// How a page refers to demos on the pages of chapters.
pub struct Links<'a> {
    /// The checkout.
    pub repository: &'a Repository,
    /// The demos whose transcripts stand on the pages of their chapters: `01/two_phases`.
    pub transcripts: &'a BTreeSet<String>,
    /// From the page that is written up to `src/`: empty, or `../`.
    pub up: String,
}

/// A single claim.
pub fn one(claim: &Claim, links: &Links<'_>) -> String {
    let Claim { id, source, claim: said, verdict, since, authority, demo } = claim;
    let source = if source.is_empty() { String::new() } else { format!(" <cite>{}</cite>", sentence(source)) };
    let mut because = Vec::new();
    for (what, text) in [("since", since), ("authority", authority)] {
        if !text.is_empty() {
            because.push(format!("<span>{what}: {}</span>", sentence(text)));
        }
    }
    because.push(format!("<span>shown by: {}</span>", demo_link(demo, claim.chapter().is_some(), links)));
    format!(
        "<div class=\"claim {word}\" data-claim=\"{id}\">\n<p class=\"said\"><q>{said}</q>{source}</p>\n\
         <p class=\"because\">{mark} {because}</p>\n</div>",
        word = verdict.word(),
        id = escaped(id),
        said = sentence(said),
        mark = mark(*verdict),
        because = because.join(" "),
    )
}

/// The claims that a chapter's demos settle; or all of them, with their numbers, where no chapter
/// is named.
///
/// # Errors
/// The chapter settles none.
pub fn table(claims: &Claims, chapter: Option<&str>, links: &Links<'_>) -> Result<String, Wrong> {
    let chosen: Vec<&Claim> = match chapter {
        Some(number) => claims.of_chapter(number).collect(),
        None => claims.0.iter().collect(),
    };
    if let (Some(number), true) = (chapter, chosen.is_empty()) {
        return Err(Wrong::new(
            format_args!("no demo of chapter {number} settles a claim in {FILE}"),
            format_args!("settle one there, or leave {{{{#claims {number}}}}} out"),
        ));
    }
    if chosen.is_empty() {
        return Ok("<p>None is settled yet.</p>".into());
    }
    let rows: Vec<String> = chosen.iter().map(|claim| row(claim, chapter.is_none(), links)).collect();
    Ok(format!(
        "{}<div class=\"table-wrapper\" tabindex=\"0\" role=\"region\" aria-label=\"Claims and verdicts\">\n\
         <table class=\"claims\">\n<thead><tr><th>Claim</th><th>Verdict</th><th>Shown by</th></tr></thead>\n\
         <tbody>\n{}\n</tbody>\n</table>\n</div>",
        if chapter.is_none() { tally(&chosen) } else { String::new() },
        rows.join("\n")
    ))
}

fn row(claim: &Claim, numbered: bool, links: &Links<'_>) -> String {
    let Claim { id, source, claim: said, verdict, since, authority, demo } = claim;
    let word = verdict.word();
    // Only the table of all claims has an anchor for each: numbers stay out of the chapters.
    let (anchor, number) = match numbered {
        true => (format!(" id=\"claim-{}\"", escaped(id)), format!("<small class=\"number\">{}</small> ", escaped(id))),
        false => (String::new(), String::new()),
    };
    let small = |text: &String| match text.is_empty() {
        true => String::new(),
        false => format!(" <small>{}</small>", sentence(text)),
    };
    let since = if since.is_empty() { String::new() } else { format!("since: {since}") };
    format!(
        "<tr class=\"{word}\"{anchor}><td>{number}{said}{source}</td><td>{mark}{since}</td><td>{demo}{authority}</td></tr>",
        said = sentence(said),
        source = small(source),
        mark = mark(*verdict),
        since = small(&since),
        demo = demo_link(demo, claim.chapter().is_some(), links),
        authority = small(authority),
    )
}

/// How many there are of each verdict.
fn tally(claims: &[&Claim]) -> String {
    let of = |verdict| claims.iter().filter(|claim| claim.verdict == verdict).count();
    let all = [Verdict::Holds, Verdict::Refuted, Verdict::Dated, Verdict::Depends];
    let counts = all.map(|verdict| format!("<li>{} {}</li>", mark(verdict), of(verdict)));
    format!("<ul class=\"tally\">\n{}\n</ul>\n", counts.join("\n"))
}

fn mark(verdict: Verdict) -> String {
    let word = verdict.word();
    format!("<span class=\"verdict {word}\"><span aria-hidden=\"true\">{}</span> {word}</span>", verdict.mark())
}

/// The demo, as a link to where its chapter shows it; or the document.
fn demo_link(demo: &str, is_demo: bool, Links { repository, transcripts, up }: &Links<'_>) -> String {
    if !is_demo {
        return sentence(demo);
    }
    let code = format!("<code class=\"nohighlight\">{}</code>", escaped(demo));
    match repository.demo(demo) {
        Ok(found) if transcripts.contains(demo) => {
            format!("<a href=\"{up}{}#{}\">{code}</a>", found.chapter.page(), found.anchor())
        }
        _ => code,
    }
}
