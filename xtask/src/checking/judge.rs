//! From what a check has left behind to a verdict, also where the check could give none.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::compiler::{absent, cause, status};
use crate::exercises::Exercise;
use crate::paint::plain;
use crate::verdict::{Form, Own, Verdict};

/// How many lines of a test's own output are told.
const LINES_TOLD: usize = 20;

/// What is left of a check that has ended.
#[derive(Debug)]
pub struct Remains<'a> {
    /// What was checked.
    pub exercise: &'a Exercise,
    /// Whether it was built, if cargo came so far.
    pub built: Option<bool>,
    /// How cargo ended; `None` where we ended it, because the check did not.
    pub status: Option<ExitStatus>,
    /// Cargo's standard error, and the test's.
    pub said: String,
    /// Cargo's standard output, and the test's.
    pub printed: String,
    /// What the check wrote for us, if it is whole.
    pub written: Option<Verdict>,
}

/// The verdict.
pub fn judge(remains: &Remains<'_>, form: Form) -> Verdict {
    let passed = remains.status.is_some_and(|status| status.success());
    let own = match &remains.written {
        // The reader's code knows the file, too: what is right has also passed its test.
        Some(verdict) if !verdict.is_right() || passed => return verdict.clone(),
        _ if remains.built == Some(true) => no_verdict(remains),
        _ => not_built(remains),
    };
    own.on(remains.exercise, form)
}

fn not_built(remains: &Remains<'_>) -> Own {
    let package = remains.exercise.package();
    let cause = cause(&remains.said, &package);
    let error = if cause.error.is_empty() { "cargo ended without saying why".to_owned() } else { plain(&cause.error) };
    if cause.disk_full {
        return Own::not_built("the disk is full")
            .with("what to do", "df -h shows which one; cargo clean frees what was built");
    }
    if remains.built.is_none() || !cause.in_package {
        return Own::not_built(format!("{error}; your file is not the reason")).below(cause.errors);
    }
    let own = |sentence: String| Own::new("does-not-compile", "DOES NOT COMPILE", sentence).below(&*cause.errors);
    if let Some(name) = absent(&error) {
        let file = remains.exercise.shown_file();
        return own(format!("the check calls {name}, and there is no public {name} in {file}")).with(
            "what to do",
            format!("cargo xtask reset {} brings it back, and keeps what you have", remains.exercise.name),
        );
    }
    match cause.more {
        0 => own(error),
        1 => own(format!("{error}; and one more error")),
        more => own(format!("{error}; and {more} more errors")),
    }
}

/// The test was there, and said nothing.
fn no_verdict(remains: &Remains<'_>) -> Own {
    let own = |sentence: &str| Own::new("no-verdict", "NO VERDICT", sentence);
    if remains.status.is_none() {
        return own("the check did not come to its end in half a minute, and was ended").below(last_lines(remains));
    }
    let by_signal = remains.status.and_then(|status| status.signal()).map(|signal| format!("signal {signal}"));
    // Cargo's words: `process didn't exit successfully: `…` (signal: 9, SIGKILL: kill)`.
    let of_test = remains.said.rsplit_once("(signal: ").and_then(|(_, rest)| rest.split_once(", ")?.1.split_once(':'));
    if let Some(signal) = of_test.map(|(name, _)| name.to_owned()).or(by_signal) {
        return own(&format!("{signal} ended the check itself, and not only your code"))
            .with("the rule", "no exercise wants signals sent to a parent or to a group; what your code is given is all that it may touch")
            .below(last_lines(remains));
    }
    own("the check ended without one").below(last_lines(remains))
}

/// The last of what the test printed and said.
fn last_lines(remains: &Remains<'_>) -> String {
    let printed = remains.printed.lines().filter(|line| !line.starts_with("{\"reason\":"));
    let said = remains.said.lines().filter(|line| status(line).is_none());
    let lines: Vec<&str> = printed.chain(said).filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES_TOLD)..].iter().map(|line| format!("  {line}\n")).collect()
}
