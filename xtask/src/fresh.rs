//! Whether a program that cargo has built is still what cargo would build.
//!
//! To ask cargo costs as much as the demos that a reader waits for. What a program is made of is the toolchain,
//! flags and profile, the manifests, and the sources. Of the first three we hear for nothing: cargo has just found
//! this runner up to date, and would have made a new one had any of them changed. The others are files, and cargo
//! lists the sources beside the program (`chapter-01-blocking.d`). So of a build that came well out a note is kept:
//! which runner asked for it, which program it left, when it began. Where anything is not as noted, cargo decides.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::workspace::Workspace;

/// What cargo looks at besides the sources, and the manifests of the packages that they belong to.
const WORKSPACE: [&str; 3] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"];

/// A build about to begin.
pub struct Build {
    note: PathBuf,
    /// By the clock of the file system, which is the one that dates the sources.
    began: SystemTime,
}

impl Build {
    /// To be called before cargo is: what changes from now on may not be in the program.
    ///
    /// # Errors
    /// The folder of the program is not there yet, or takes no note.
    pub fn of(program: &Path) -> io::Result<Build> {
        let note = note_of(program);
        fs::write(&note, "")?;
        Ok(Build { began: changed(&note)?, note })
    }

    /// Notes that it came well out, and left this program.
    ///
    /// # Errors
    /// The note cannot be written.
    pub fn succeeded(self, program: &Path) -> io::Result<()> {
        fs::write(self.note, format!("{}\n{}", identity(program)?, since_epoch(self.began)?.as_nanos()))
    }
}

/// Whether nothing that `program` was made of has changed since.
pub fn is_fresh(workspace: &Workspace, program: &Path) -> bool {
    unchanged(workspace, program).unwrap_or(false)
}

fn unchanged(workspace: &Workspace, program: &Path) -> io::Result<bool> {
    let note = fs::read_to_string(note_of(program))?;
    let Some((noted, began)) = note.split_once('\n') else { return Ok(false) };
    let began = Duration::from_nanos(began.parse().map_err(io::Error::other)?);
    if identity(program)? != noted {
        return Ok(false);
    }
    let sources = sources(&fs::read_to_string(program.with_extension("d"))?);
    let manifests: BTreeSet<PathBuf> = sources.iter().filter_map(|source| manifest_of(source)).collect();
    for file in WORKSPACE.iter().map(|file| workspace.root.join(file)).chain(manifests).chain(sources) {
        // In the same tick of that clock it may have been before or after.
        if since_epoch(changed(&file)?)? >= began {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Which runner, and which program, by when they were made.
fn identity(program: &Path) -> io::Result<String> {
    let [runner, program] = [env::current_exe()?.as_path(), program].map(changed);
    Ok(format!("{} {}", since_epoch(runner?)?.as_nanos(), since_epoch(program?)?.as_nanos()))
}

/// The files that cargo lists as `program: source source`, a space in a name as `\ `.
fn sources(list: &str) -> Vec<PathBuf> {
    let (_, sources) = list.trim_end().split_once(": ").unwrap_or_default();
    let spaced = sources.replace("\\ ", "\0");
    spaced.split(' ').filter(|source| !source.is_empty()).map(|source| source.replace('\0', " ").into()).collect()
}

/// `lab/Cargo.toml`, of `lab/src/observe/start.rs`.
fn manifest_of(source: &Path) -> Option<PathBuf> {
    Some(source.ancestors().find(|folder| folder.ends_with("src"))?.with_file_name("Cargo.toml"))
}

fn note_of(program: &Path) -> PathBuf {
    program.with_extension("built")
}

fn changed(file: &Path) -> io::Result<SystemTime> {
    fs::metadata(file)?.modified()
}

fn since_epoch(time: SystemTime) -> io::Result<Duration> {
    time.duration_since(UNIX_EPOCH).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::sources;

    #[test]
    fn sources_may_have_spaces_in_their_names() {
        let list = "/a\\ b/target/debug/x: /a\\ b/src/main.rs /a\\ b/src/demos/y.rs\n";
        assert_eq!(sources(list), ["/a b/src/main.rs", "/a b/src/demos/y.rs"].map(std::path::PathBuf::from));
    }
}
