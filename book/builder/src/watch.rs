//! Building anew after each change, until somebody ends it.
//!
//! It looks at dates and sizes twice a second: that works on every file system, and in containers.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long a change may wait.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the book is made of, from the root.
const SOURCES: [&str; 5] = ["book", "chapters", "exercises", "xtask/src", "lab/src/options.rs"];

/// A file's path, date and size.
type Stamp = (PathBuf, Option<SystemTime>, u64);

/// Calls `build`, and calls it again after each change.
pub fn for_ever(root: &Path, mut build: impl FnMut()) -> ! {
    loop {
        // Looked at before: what changes during the build makes another.
        let before = stamps(root);
        build();
        while stamps(root) == before {
            thread::sleep(PATIENCE);
        }
    }
}

fn stamps(root: &Path) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut stamps);
    }
    stamps.sort();
    stamps
}

/// A file that goes away meanwhile is a change, and no trouble.
fn collect(path: &Path, stamps: &mut Vec<Stamp>) {
    let Ok(about) = fs::metadata(path) else { return };
    if about.is_dir() {
        // Cargo's and mdBook's own folders.
        let made = path.file_name().is_some_and(|name| name == "target") || path.join(".nojekyll").exists();
        let entries = (!made).then(|| fs::read_dir(path)).into_iter().flatten().flatten().flatten();
        for entry in entries {
            collect(&entry.path(), stamps);
        }
    } else {
        stamps.push((path.to_owned(), about.modified().ok(), about.len()));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::stamps;

    #[test]
    fn an_edit_a_new_file_and_a_lost_one_are_changes() {
        let root = std::env::temp_dir().join(format!("ready-or-done-watch-{}", std::process::id()));
        let src = root.join("book/src");
        fs::create_dir_all(&src).unwrap();
        fs::write(src.join("a.md"), "one").unwrap();
        let first = stamps(&root);
        assert_eq!(first, stamps(&root));
        fs::write(src.join("a.md"), "other").unwrap();
        let second = stamps(&root);
        assert_ne!(first, second);
        fs::write(src.join("b.md"), "").unwrap();
        assert_ne!(second, stamps(&root));
        fs::remove_file(src.join("b.md")).unwrap();
        assert_eq!(second, stamps(&root));
        fs::remove_dir_all(&root).unwrap();
    }
}
