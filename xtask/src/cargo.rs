//! Starting cargo, and becoming another package's program.
//!
//! For a chapter the runner does not start the program and wait: it becomes it (execve(2)). So signals, terminal and
//! exit code are the program's own, and nobody stands between.

use std::env;
use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use crate::errno::told;
use crate::fresh;
use crate::outcome::{Stop, note};
use crate::workspace::Workspace;

/// What cargo answers for a program that cannot be built.
pub const NOT_BUILT: i32 = 101;

/// What to do where cargo may not write.
const REMEDY: &str = "set CARGO_TARGET_DIR to a folder that you may write, such as /tmp/ready-or-done, and ask again";

/// Becomes the program of `package`, built first where it is not up to date; returns only where
/// that fails.
pub fn become_program(workspace: &Workspace, package: &str, arguments: &[OsString]) -> Stop {
    if let Err(stop) = buildable(workspace, package) {
        return become_built(built_before(package), arguments, stop);
    }
    if let Some(program) = built_before(package).filter(|program| fresh::is_fresh(workspace, program)) {
        return became(&program, arguments);
    }
    let build = places(package).find_map(|place| fresh::Build::of(&place).ok());
    match for_program(workspace, "build", package).status() {
        Err(error) => return not_started(&error),
        // Cargo has said why.
        Ok(status) if !status.success() => process::exit(status.code().unwrap_or(NOT_BUILT)),
        Ok(_) => {}
    }
    let Some(program) = built_before(package) else {
        // Cargo is told to build elsewhere, and will know where.
        return not_started(&run(workspace, package).args(arguments).exec());
    };
    // Without the note cargo is asked again the next time.
    let _ = build.map(|build| build.succeeded(&program));
    became(&program, arguments)
}

/// Becomes a program; what comes back is why that failed.
fn became(program: &Path, arguments: &[OsString]) -> Stop {
    let error = Command::new(program).args(arguments).exec();
    Stop::host(format_args!("cannot start {}: {}", program.display(), told(&error)), REMEDY)
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
    let mut command = for_program(workspace, "run", package);
    command.arg("--");
    command
}

/// Cargo, asked to do something with the program of `package`.
fn for_program(workspace: &Workspace, what: &str, package: &str) -> Command {
    // The first build takes seconds, and cargo may say what it does in them. Later that would
    // only be in the way.
    let words = if built_before(package).is_some() { &[what, "--quiet"][..] } else { &[what] };
    let mut command = command(workspace, words);
    command.args(["--package", package]);
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
    became(&program, arguments)
}

/// The program of `package`, if it was built before.
fn built_before(package: &str) -> Option<PathBuf> {
    places(package).find(|program| program.is_file())
}

/// Where cargo puts the program of `package`: beside the runner; where the runner is built in a profile of its own, in
/// the folder beside the runner's.
fn places(package: &str) -> impl Iterator<Item = PathBuf> {
    let ours = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned()));
    ours.into_iter().flat_map(|ours| [ours.clone(), ours.with_file_name("debug")]).map(move |place| place.join(package))
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
