//! `claims`: what became of what other texts say, and what this host says.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use crate::arguments::Arguments;
use crate::chapters::Chapter;
use crate::command::Command;
use crate::errno::told;
use crate::nearest::nearest;
use crate::outcome::{Exit, Outcome, Stop};
use crate::program::{Said, ask};
use crate::workspace::Workspace;

/// `cargo xtask claims`.
pub const COMMAND: Command = Command {
    name: "claims",
    about: "shows what became of other texts' claims, and what this host says",
    help: "\
Shows the claims that the book has settled, each with its verdict, and runs the
demos that settle them: so you see where this kernel differs.

  as the book     the demo saw here what the book says
  DIFFERS         it saw something else
  not tried       this host lacks what the demo needs
  a document      no demo can show it; the document says so

Usage: cargo xtask claims [ID...]

Exit code: 0, 1 where this host differs, 3 where it lacks something.

Example: cargo xtask claims C129
",
    run,
};

/// A row of `book/claims.tsv`.
#[derive(Debug)]
struct Claim<'a> {
    id: &'a str,
    source: &'a str,
    sentence: &'a str,
    verdict: &'a str,
    since: &'a str,
    authority: &'a str,
    demo: &'a str,
}

/// What this host has to say of a claim.
#[derive(Debug, PartialEq, Eq)]
enum Here {
    /// The demo saw what the book says.
    Same(Vec<String>),
    /// It saw something else, or did not get so far.
    Differs(Vec<String>),
    /// This host lacks something.
    NotTried,
    /// No demo settles it.
    Document,
}

fn run(mut arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let mut asked = Vec::new();
    while let Some(id) = arguments.value()? {
        asked.push(id.to_string_lossy().to_uppercase());
    }
    let workspace = Workspace::find()?;
    let path = workspace.root.join("book/claims.tsv");
    let table = fs::read_to_string(&path).map_err(|error| {
        Stop::host(format_args!("cannot read {}: {}", path.display(), told(&error)), "git restore book/claims.tsv")
    })?;
    let claims = chosen(&table, &asked)?;

    let chapters = workspace.chapters()?;
    let mut said = BTreeMap::new();
    for number in claims.iter().filter_map(|claim| claim.chapter()) {
        if let (false, Some(chapter)) = (said.contains_key(number), written(&chapters, number)) {
            said.insert(number, ask(&workspace, &chapter.package(), &["--claims"])?);
        }
    }
    let mut counts = [0; 4];
    for claim in &claims {
        let here = claim.here(claim.chapter().and_then(|number| said.get(number)));
        show(claim, &here, out)?;
        counts[match here {
            Here::Same(_) => 0,
            Here::Differs(_) => 1,
            Here::NotTried => 2,
            Here::Document => 3,
        }] += 1;
    }
    let [same, differ, not_tried, documents] = counts;
    writeln!(out, "{}", tally(same, differ, not_tried, documents))?;
    Ok(match (differ, not_tried) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::HostLacks,
        _ => Exit::NotRight,
    })
}

/// The claims of these numbers, or all.
fn chosen<'a>(table: &'a str, asked: &[String]) -> Result<Vec<Claim<'a>>, Stop> {
    let claims: Vec<Claim<'_>> = table.lines().skip(1).filter_map(Claim::read).collect();
    if let Some(unknown) = asked.iter().find(|id| claims.iter().all(|claim| claim.id != **id)) {
        let near = nearest(unknown, claims.iter().map(|claim| claim.id));
        let near = near.map_or(String::new(), |near| format!(" Did you mean {near}?"));
        return Err(Stop::usage(
            format_args!("the book has settled no claim {unknown}.{near}"),
            "cargo xtask claims shows those that it has",
        ));
    }
    Ok(claims.into_iter().filter(|claim| asked.is_empty() || asked.iter().any(|id| id == claim.id)).collect())
}

fn written<'a>(chapters: &'a [Chapter], number: &str) -> Option<&'a Chapter> {
    chapters.iter().find(|chapter| chapter.written && chapter.number() == number)
}

impl Claim<'_> {
    fn read(row: &str) -> Option<Claim<'_>> {
        let [id, source, sentence, verdict, since, authority, demo] = row.split('\t').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Claim { id, source, sentence, verdict, since, authority, demo })
    }

    /// `01`, where a demo of that chapter settles it.
    fn chapter(&self) -> Option<&str> {
        let (number, _) = self.demo.split_once('/')?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then_some(number)
    }

    /// What its chapter's program said of it.
    fn here(&self, said: Option<&Said>) -> Here {
        if self.chapter().is_none() {
            return Here::Document;
        }
        let Some(Said { code, text }) = said else {
            return Here::Differs(vec![format!("there is no chapter that has the demo {}", self.demo)]);
        };
        let name = self.demo.split_once('/').map_or("", |(_, name)| name);
        let seen = text.lines().filter_map(|row| match row.split('\t').collect::<Vec<_>>()[..] {
            [id, demo, fact, sentence] if id == self.id && demo == name => Some((fact == "true", sentence.to_owned())),
            _ => None,
        });
        let (so, not_so): (Vec<_>, Vec<_>) = seen.partition(|(fact, _)| *fact);
        let sentences = |seen: Vec<(bool, String)>| seen.into_iter().map(|(_, sentence)| sentence);
        match (so.is_empty(), not_so.is_empty(), code) {
            (_, false, _) => {
                Here::Differs(sentences(not_so).map(|sentence| format!("not so here: {sentence}")).collect())
            }
            (false, true, _) => Here::Same(sentences(so).collect()),
            (true, true, 3) => Here::NotTried,
            (true, true, 0) => Here::Differs(vec![format!("the demo {name} says nothing of it")]),
            (true, true, _) => Here::Differs(vec![format!("the demo {name} did not end as it should")]),
        }
    }
}

fn show(claim: &Claim<'_>, here: &Here, out: &mut dyn Write) -> Result<(), Stop> {
    let Claim { id, source, sentence, verdict, since, authority, demo } = claim;
    let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
    writeln!(out, "{id:<6}{verdict:<9}{sentence}{source}")?;
    let (mark, sentences) = match here {
        Here::Same(sentences) => ("as the book", sentences.as_slice()),
        Here::Differs(sentences) => ("DIFFERS", sentences.as_slice()),
        Here::NotTried => ("not tried", &["this host lacks what the demo needs".to_owned()][..]),
        Here::Document => ("a document", &[(*demo).to_owned()][..]),
    };
    for sentence in sentences {
        writeln!(out, "      {mark:<15}{sentence}")?;
    }
    let rests = [("since", since), ("authority", authority)].into_iter().filter(|(_, text)| !text.is_empty());
    for (what, text) in rests {
        writeln!(out, "      {what:<15}{text}")?;
    }
    if let Some((number, name)) = demo.split_once('/').filter(|_| claim.chapter().is_some()) {
        writeln!(out, "      {:<15}cargo xtask run chapter-{number} {name}", "see it")?;
    }
    writeln!(out)?;
    Ok(())
}

fn tally(same: usize, differ: usize, not_tried: usize, documents: usize) -> String {
    let all = same + differ + not_tried + documents;
    if all == 0 {
        return "No claim is settled yet.".into();
    }
    let parts = [
        (same, "as the book has it"),
        (differ, "DIFFERS"),
        (not_tried, "not tried here"),
        (documents, "from a document"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}"));
    format!("Claims: {all}. {}.", parts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Claim, Here, chosen, tally};
    use crate::program::Said;

    const TABLE: &str = "id\tsource\tclaim\tverdict\tsince\tauthority\tdemo\n\
                         C1\tUNPv3\tit sleeps\trefuted\t\tread(2)\t01/naps\n\
                         C2\t\tWindows does\tholds\t\t\tthe manual\n";

    fn here(code: i32, text: &str) -> Here {
        Claim::read(TABLE.lines().nth(1).unwrap()).unwrap().here(Some(&Said { code, text: text.into() }))
    }

    #[test]
    fn what_a_demo_saw_is_compared() {
        assert_eq!(here(0, "C1\tnaps\ttrue\tso it is\n"), Here::Same(vec!["so it is".into()]));
        assert_eq!(
            here(0, "C1\tnaps\ttrue\tone\nC1\tnaps\tfalse\tother\n"),
            Here::Differs(vec!["not so here: other".into()])
        );
        assert_eq!(here(3, "C9\tnaps\ttrue\tone\n"), Here::NotTried);
        assert!(matches!(here(0, ""), Here::Differs(_)));
        assert!(matches!(here(1, ""), Here::Differs(_)));
    }

    #[test]
    fn a_claim_that_a_document_settles_is_not_run() {
        let claim = Claim::read(TABLE.lines().nth(2).unwrap()).unwrap();
        assert_eq!((claim.chapter(), claim.here(None)), (None, Here::Document));
    }

    #[test]
    fn a_claim_is_chosen_by_its_number() {
        assert_eq!(chosen(TABLE, &[]).unwrap().len(), 2);
        assert_eq!(chosen(TABLE, &["C2".into()]).unwrap()[0].sentence, "Windows does");
        assert!(chosen(TABLE, &["C3".into()]).is_err());
    }

    #[test]
    fn the_tally_names_what_there_is() {
        assert_eq!(tally(0, 0, 0, 0), "No claim is settled yet.");
        assert_eq!(tally(2, 0, 1, 0), "Claims: 3. as the book has it: 2, not tried here: 1.");
    }
}
