//! Asking another package's program, and hearing it out.

use std::ffi::OsStr;
use std::process::Stdio;

use crate::cargo;
use crate::outcome::Stop;
use crate::workspace::Workspace;

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; 1 where a signal ended it.
    pub code: i32,
    /// Its standard output. Its standard error is ours.
    pub text: String,
}

/// Runs the program of `package`, built first where it is not up to date.
///
/// # Errors
/// There is no cargo, or the program cannot be built.
pub fn ask(workspace: &Workspace, package: &str, arguments: &[impl AsRef<OsStr>]) -> Result<Said, Stop> {
    let mut command = cargo::run(workspace, package);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| cargo::not_started(&error))?;
    match output.status.code() {
        Some(cargo::NOT_BUILT) => Err(Stop::host(
            format_args!("{package} cannot be built; cargo said why"),
            format_args!("cargo build --package {package}"),
        )),
        code => Ok(Said { code: code.unwrap_or(1), text: String::from_utf8_lossy(&output.stdout).into_owned() }),
    }
}
