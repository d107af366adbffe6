//! Several demands on one answer, with a count of those that are met.

use super::Verdict;
use super::diagnosis::{Diagnosis, Fact, Kind};

/// After so many demands that took all their time, or spun for it, the others are not made: whoever reads waits.
const PATIENCE: usize = 2;

/// What is asked of an answer, by the name that a reader is told.
pub type Demand = (&'static str, fn() -> Verdict);

/// Judges every one of some demands, and tells of the first that is not met: which it is, how many are met
/// already, and what is left to do after it. So whoever mends one thing after another sees the count grow. An answer
/// that is slow in several of them is not tried in the rest.
///
/// `done` is the word for one that is met: `mended`.
///
/// # Errors
/// The diagnosis of the first demand that is not met.
pub fn each_of(done: &str, demands: &[Demand]) -> Verdict {
    let mut unmet: Vec<(&str, Diagnosis)> = Vec::new();
    let mut untried = 0;
    for (at, (name, demand)) in demands.iter().enumerate() {
        let slow = |(_, diagnosis): &&(&str, Diagnosis)| matches!(diagnosis.kind, Kind::Spinning {} | Kind::Late {});
        if unmet.iter().filter(slow).count() == PATIENCE {
            untried = demands.len() - at;
            break;
        }
        match demand() {
            Ok(()) => {}
            // Nothing more would be learnt of an answer that is not there, or not seen.
            Err(diagnosis) if matches!(diagnosis.kind, Kind::NotWritten {} | Kind::Unseen {}) => return Err(diagnosis),
            Err(diagnosis) => unmet.push((name, diagnosis)),
        }
    }
    let met = demands.len() - untried - unmet.len();
    let mut unmet = unmet.into_iter();
    let Some((name, mut first)) = unmet.next() else { return Ok(()) };
    let mut count = Fact { label: done.to_owned(), text: format!("{met} of {}", demands.len()) };
    if untried > 0 {
        count.text += &format!("; {untried} were not tried, as these took so long");
    }
    let next = Fact { label: "next".into(), text: name.to_owned() };
    first.facts.splice(0..0, [count, next]);
    let left: Vec<&str> = unmet.map(|(name, _)| name).collect();
    Err(if left.is_empty() { first } else { first.with("and after that", left.join("\n")) })
}

#[cfg(test)]
mod tests {
    use super::super::diagnosis::{Diagnosis, Kind};
    use super::each_of;
    use crate::check::Verdict;

    fn met() -> Verdict {
        Ok(())
    }

    fn unmet() -> Verdict {
        Err(Diagnosis::new(Kind::Stuck {}, "it is stuck").with("because", "of something"))
    }

    fn unwritten() -> Verdict {
        Err(Diagnosis::new(Kind::NotWritten {}, "the body is still todo!()"))
    }

    #[test]
    fn the_first_that_is_not_met_is_told_with_the_count() {
        let verdict = each_of("mended", &[("one", met), ("two", unmet), ("three", met), ("four", unmet)]);
        let told = verdict.unwrap_err().to_string();
        let rows: Vec<&str> = told.lines().map(str::trim_end).skip(2).collect();
        let row = |label: &str, text: &str| format!("  {label:23}{text}");
        let expected = [
            row("mended", "2 of 4"),
            row("next", "two"),
            row("because", "of something"),
            row("and after that", "four"),
        ];
        assert_eq!(rows, expected, "{told}");
    }

    #[test]
    fn who_spins_twice_is_not_tried_any_further() {
        let spins = || Err(Diagnosis::new(Kind::Spinning {}, "it spins"));
        let demands: [super::Demand; 5] =
            [("one", spins), ("two", met), ("three", spins), ("four", || panic!("it is tried")), ("five", met)];
        let told = each_of("mended", &demands).unwrap_err().to_string();
        assert!(told.contains("1 of 5; 2 were not tried, as these took so long"), "{told}");
        assert!(told.contains("three") && !told.contains("four"), "{told}");
    }

    #[test]
    fn all_met_is_right_and_what_is_not_written_is_not_counted() {
        assert!(each_of("mended", &[("one", met), ("two", met)]).is_ok());
        let unwritten = each_of("mended", &[("one", met), ("two", unwritten)]).unwrap_err();
        assert!(unwritten.facts.is_empty(), "{unwritten}");
    }
}
