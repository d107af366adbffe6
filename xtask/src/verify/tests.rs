//! The solutions' own tests: they judge the solutions, the variants and the mistakes.

use std::fs;
use std::os::fd::AsRawFd;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use super::Findings;
use crate::cargo;
use crate::checking::{self, Signals, drain, household, never_sleep, status};
use crate::exercises::rust_files;
use crate::outcome::Stop;
use crate::workspace::Workspace;

/// How often we look whether cargo has ended, should the signal that says so be lost.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs them, and returns how many mistakes there are.
///
/// # Errors
/// Cargo cannot be started.
pub fn verify(
    workspace: &Workspace,
    chapter: &str,
    bless: bool,
    signals: &Signals,
    findings: &mut Findings,
) -> Result<usize, Stop> {
    let package = format!("solution-{chapter}");
    let folder = workspace.root.join("solutions").join(chapter);
    if !folder.join("Cargo.toml").is_file() {
        findings.fault(format!("chapter {chapter} has exercises and no package {package}"));
        return Ok(0);
    }
    if bless {
        // What fails now is told by the run below, which takes nothing as given.
        test(workspace, &package, "always", signals)?;
    }
    let (passed, output) = test(workspace, &package, "no", signals)?;
    if !passed {
        let more = if bless { "" } else { "\nIf what a mistake is told now is better: cargo xtask verify --bless" };
        findings.fault(format!("cargo test -p {package} fails:\n{output}{more}"));
    }
    let mut mistakes = 0;
    for exercise in fs::read_dir(folder.join("mistakes")).into_iter().flatten().flatten() {
        mistakes += rust_files(&exercise.path())?.len();
    }
    Ok(mistakes)
}

/// Runs a package's tests; says whether they pass, and what they print.
fn test(workspace: &Workspace, package: &str, update: &str, signals: &Signals) -> Result<(bool, String), Stop> {
    cargo::buildable(workspace, package)?;
    let mut command = cargo::command(workspace, &["test", "--quiet", "--no-fail-fast"]);
    command.args(["--package", package, "--color", "never"]).env("INSTA_UPDATE", update).env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut household = household::start(&mut command).map_err(|error| cargo::not_started(&error))?;
    let leader = &mut household.leader;
    let (mut out, mut err) = (leader.stdout.take().expect("it is piped"), leader.stderr.take().expect("it is piped"));
    let (out_number, err_number) = (out.as_raw_fd(), err.as_raw_fd());
    [out_number, err_number].into_iter().for_each(never_sleep);
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    let status = loop {
        checking::wait(&[signals.descriptor(), out_number, err_number], LOOK_INTERVAL)?;
        if let Some(signal) = signals.deadly() {
            household.end();
            signals.die_of(signal);
        }
        // Asked before the pipes are read: what it has written by its end is there then.
        let ended = ended(&mut household.leader);
        drain(&mut out, &mut printed);
        drain(&mut err, &mut said);
        if let Some(status) = ended {
            break status;
        }
    };
    household.sweep();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&printed) + &text(&said);
    let told: String = told.lines().filter(|line| status_free(line)).map(|line| format!("  {line}\n")).collect();
    Ok((status.success(), told))
}

fn ended(child: &mut Child) -> Option<ExitStatus> {
    // It is a child of ours, so there is no other error than that it cannot be known yet.
    child.try_wait().ok().flatten()
}

fn status_free(line: &str) -> bool {
    !line.trim().is_empty() && status(line).is_none()
}
