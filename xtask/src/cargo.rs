//! Starting cargo, and becoming another package's program.
//!
//! For a chapter the runner does not start `cargo run` and wait: it becomes it (execve(2)), and cargo becomes
//! the program. So signals, terminal and exit code are the program's own, and nobody stands
//! between.

use std::env;
use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::errno::told;
use crate::outcome::{Stop, note};
use crate::workspace::Workspace;

/// What to do where cargo may not write.
const REMEDY: &str = "set CARGO_TARGET_DIR to a folder that you may write, such as /tmp/ready-or-done, and ask again";

/// Becomes the program of `package`, built first where it is not up to date; returns only where
/// that fails.
///
/// Whether it is up to date is cargo's to say. That costs a second cargo, some 20 ms; comparing
/// dates ourselves would be cheaper, and wrong after a change of features, flags or toolchain.
pub fn become_program(workspace: &Workspace, package: &str, arguments: &[OsString]) -> Stop {
    if let Err(stop) = buildable(workspace, package) {
        return become_built(built_before(package), arguments, stop);
    }
    let error = run(workspace, package).args(arguments).exec();
    not_started(&error)
}

/// Becomes the program of `package`, built with optimisation: for what is measured. Returns only where
/// that fails.
pub fn become_measured(workspace: &Workspace, package: &str, arguments: &[OsString]) -> Stop {
    if let Err(stop) = buildable(workspace, package) {
        return stop;
    }
    let mut command = command(workspace, &["run", "--release"]);
    not_started(&command.args(["--package", package, "--"]).args(arguments).exec())
}

/// Cargo, asked to run the program of `package`.
pub fn run(workspace: &Workspace, package: &str) -> Command {
    // The first build takes seconds, and cargo may say what it does in them. Later that would
    // only be in the way.
    let words: &[&str] = if built_before(package).is_some() { &["run", "--quiet"] } else { &["run"] };
    let mut command = command(workspace, words);
    command.args(["--package", package, "--"]);
    command
}

/// Cargo, asked to do something in this checkout.
pub fn command(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(words).arg("--manifest-path").arg(workspace.root.join("Cargo.toml"));
    command
}

/// Cargo names the toolchain's own program to whom it starts. Starting that one, and not rustup's,
/// which would look for it once more, saves 5 ms.
fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What to tell where cargo cannot be started.
pub fn not_started(error: &io::Error) -> Stop {
    let what = format!("cannot start cargo, as {}: {}", program().display(), told(error));
    Stop::host(what, "install Rust from https://rustup.rs, or put cargo into PATH")
}

/// Makes sure that cargo can build `what`, and returns the folder where it does.
///
/// # Errors
/// The folder refuses writing.
pub fn buildable(workspace: &Workspace, what: &str) -> Result<PathBuf, Stop> {
    let target = target_folder(workspace);
    match writable(&target) {
        Ok(()) => Ok(target),
        Err(error) => {
            let refused = format!("{} refuses writing: {}", target.display(), told(&error));
            Err(Stop::host(format_args!("cargo cannot build {what}: {refused}"), REMEDY))
        }
    }
}

/// Becomes the program that an earlier build left, if one did, where cargo can build no newer.
fn become_built(built: Option<PathBuf>, arguments: &[OsString], why: Stop) -> Stop {
    let (Some(program), Stop::Trouble { what, .. }) = (built, &why) else { return why };
    note(format_args!("{what}\nThis is the program of an earlier build. For a new one, {REMEDY}."));
    let error = Command::new(&program).args(arguments).exec();
    Stop::host(format_args!("cannot start {}: {}", program.display(), told(&error)), REMEDY)
}

/// The program of `package`, if it was built before. It lies beside the runner; where the runner is built
/// in a profile of its own, in the folder beside the runner's.
fn built_before(package: &str) -> Option<PathBuf> {
    let ours = env::current_exe().ok()?.parent()?.to_owned();
    [ours.join(package), ours.with_file_name("debug").join(package)].into_iter().find(|program| program.is_file())
}

/// Where cargo builds.
fn target_folder(workspace: &Workspace) -> PathBuf {
    if let Some(folder) = env::var_os("CARGO_TARGET_DIR") {
        return folder.into();
    }
    // The runner itself lies in target/debug, or in target/ and its profile.
    let ours = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.to_owned()));
    ours.unwrap_or_else(|| workspace.root.join("target"))
}

/// Whether `folder`, or the nearest above it that is there, lets us write.
fn writable(folder: &Path) -> io::Result<()> {
    for folder in folder.ancestors() {
        let path = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let path = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: `path` ends with a zero.
        if unsafe { libc::access(path.as_ptr(), libc::W_OK) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
    }
    Ok(())
}
