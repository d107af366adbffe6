//! What is installed.

use std::env;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Chapters, Finding, State};

/// The programs that readers may use, and that the chapters do without.
pub fn findings() -> Vec<Finding> {
    vec![
        Finding {
            what: "strace",
            serves: "to compare its account with ours",
            chapters: Chapters::All,
            state: program("strace"),
            remedy: "install your distribution's package strace",
        },
        Finding {
            what: "wine",
            serves: "the demos on the real API, beside our emulation",
            chapters: Chapters::Only(&["11"]),
            state: program("wine"),
            remedy: "install your distribution's package wine",
        },
    ]
}

fn program(name: &str) -> State {
    let path = env::var_os("PATH").unwrap_or_default();
    let found: Option<PathBuf> = env::split_paths(&path).map(|folder| folder.join(name)).find(|path| executable(path));
    match found {
        Some(path) => State::Here(path.display().to_string()),
        None => State::Without(format!("no program {name} in PATH")),
    }
}

fn executable(path: &Path) -> bool {
    let Ok(name) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: `name` ends with a zero.
    path.is_file() && unsafe { libc::access(name.as_ptr(), libc::X_OK) } == 0
}
