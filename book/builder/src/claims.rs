//! `book/claims.tsv`: what other texts claim, and what became of it.

use std::collections::BTreeMap;

use crate::fault::{Fault, Wrong, did_you_mean};
use crate::repository::Repository;

/// Where the claims stand, from the root.
pub const FILE: &str = "book/claims.tsv";

/// Its columns.
const COLUMNS: [&str; 7] = ["id", "source", "claim", "verdict", "since", "authority", "demo"];

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its number: `C023`.
    pub id: String,
    /// Who says so.
    pub source: String,
    /// What it says.
    pub claim: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Since when, or where, the verdict is so; may be empty.
    pub since: String,
    /// What the verdict rests on besides the demo; may be empty.
    pub authority: String,
    /// The demo that shows it, `01/two_phases`, or the document that tells it.
    pub demo: String,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is so.
    Holds,
    /// It is not so.
    Refuted,
    /// It was so once.
    Dated,
    /// It is so here and not there.
    Depends,
}

impl Verdict {
    const ALL: [Verdict; 4] = [Verdict::Holds, Verdict::Refuted, Verdict::Dated, Verdict::Depends];

    /// As the table has it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Refuted => "refuted",
            Verdict::Dated => "dated",
            Verdict::Depends => "depends",
        }
    }

    /// A mark that can be told from the others without colour.
    pub fn mark(self) -> &'static str {
        match self {
            Verdict::Holds => "✓",
            Verdict::Refuted => "✗",
            Verdict::Dated => "†",
            Verdict::Depends => "±",
        }
    }
}

impl Claim {
    /// The number of the chapter whose demo settles it, if one does.
    pub fn chapter(&self) -> Option<&str> {
        let (number, _) = self.demo.split_once('/')?;
        let is_number = number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(number)
    }
}

/// The settled claims, in the order of the table.
#[derive(Debug, Default)]
pub struct Claims(pub Vec<Claim>);

impl Claims {
    /// Reads the table. A row that is wrong is a fault, and left out.
    pub fn read(repository: &Repository, faults: &mut Vec<Fault>) -> Claims {
        let text = match repository.text(FILE, "git restore it, or begin it with a row of the columns' names") {
            Ok(text) => text,
            Err(wrong) => {
                faults.push(wrong.at(FILE, 1));
                return Claims::default();
            }
        };
        if text.lines().next() != Some(&COLUMNS.join("\t")) {
            let wrong = Wrong::new(
                "the first row does not name the columns",
                format_args!("write {}, with a tab between each two", COLUMNS.join(", ")),
            );
            faults.push(wrong.at(FILE, 1));
        }
        let mut claims = Vec::new();
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        for (at, row) in text.lines().enumerate().skip(1).filter(|(_, row)| !row.is_empty()) {
            let checked = read_row(repository, row).and_then(|claim| match lines.get(&claim.id) {
                Some(line) => Err(Wrong::new(
                    format_args!("{} stands in line {line} already", claim.id),
                    "settle each claim once: remove one of the two rows",
                )),
                None => Ok(claim),
            });
            match checked {
                Ok(claim) => {
                    lines.insert(claim.id.clone(), at + 1);
                    claims.push(claim);
                }
                Err(wrong) => faults.push(wrong.at(FILE, at + 1)),
            }
        }
        Claims(claims)
    }

    /// The claim of this number.
    ///
    /// # Errors
    /// It is not settled.
    pub fn find(&self, id: &str) -> Result<&Claim, Wrong> {
        self.0.iter().find(|claim| claim.id == id).ok_or_else(|| {
            let near = did_you_mean(id, self.0.iter().map(|claim| claim.id.as_str()));
            Wrong::new(format_args!("{FILE} settles no claim {id}.{near}"), "settle it there, or name one that is")
        })
    }

    /// The claims that this chapter's demos settle.
    pub fn of_chapter<'a>(&'a self, number: &'a str) -> impl Iterator<Item = &'a Claim> {
        self.0.iter().filter(move |claim| claim.chapter() == Some(number))
    }
}

fn read_row(repository: &Repository, row: &str) -> Result<Claim, Wrong> {
    let fields: Vec<&str> = row.split('\t').collect();
    let [id, source, claim, verdict, since, authority, demo] = fields[..] else {
        let what = format!("this row has {} columns and not {}", fields.len(), COLUMNS.len());
        return Err(Wrong::new(what, format_args!("write {}, with a tab between each two", COLUMNS.join(", "))));
    };
    for (column, value) in [("id", id), ("claim", claim), ("demo", demo)] {
        if value.trim().is_empty() {
            return Err(Wrong::new(format_args!("the column {column} is empty"), "fill it"));
        }
    }
    let known = Verdict::ALL.into_iter().find(|known| known.word() == verdict);
    let verdict = known.ok_or_else(|| {
        let words = Verdict::ALL.map(Verdict::word);
        let near = did_you_mean(verdict, words);
        Wrong::new(format_args!("{verdict:?} is no verdict.{near}"), format_args!("write one of {}", words.join(", ")))
    })?;
    let [id, source, claim, since, authority, demo] = [id, source, claim, since, authority, demo].map(str::to_owned);
    let claim = Claim { id, source, claim, verdict, since, authority, demo };
    if claim.chapter().is_some() {
        repository.demo(&claim.demo)?;
    }
    Ok(claim)
}
