//! Who was saved. Dates are asked for now and then: that works in every shared folder and container,
//! where notices (inotify(7)) often do not arrive.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// How often the others are looked at: each so many looks at the current one.
const OTHERS: usize = 10;

/// How many looks a file may be gone: some editors take it away before they put it back.
const GONE: usize = 10;

/// What tells one state of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    seconds: i64,
    nanoseconds: i64,
    length: u64,
    inode: u64,
}

/// Files, as they were when they were last looked at.
#[derive(Debug)]
pub struct Files {
    files: Vec<Watched>,
    looks: usize,
}

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
    /// For how many looks it has been gone.
    gone: usize,
}

impl Files {
    /// Looks at them for the first time.
    pub fn new(paths: impl Iterator<Item = PathBuf>) -> Files {
        let watched = |path: PathBuf| Watched { stamp: stamp(&path), path, gone: 0 };
        Files { files: paths.map(watched).collect(), looks: 0 }
    }

    /// Looks again, always at the current one, and returns the places of those that were saved.
    pub fn saved(&mut self, current: usize) -> Vec<usize> {
        self.looks += 1;
        let all = self.looks.is_multiple_of(OTHERS);
        let looked_at = self.files.iter_mut().enumerate().filter(|(place, _)| all || *place == current);
        looked_at.filter_map(|(place, file)| file.changed().then_some(place)).collect()
    }
}

impl Watched {
    fn changed(&mut self) -> bool {
        let now = stamp(&self.path);
        self.gone = if now.is_none() { self.gone + 1 } else { 0 };
        if now == self.stamp || (1..GONE).contains(&self.gone) {
            return false;
        }
        self.stamp = now;
        true
    }
}

fn stamp(path: &PathBuf) -> Option<Stamp> {
    let meta = fs::metadata(path).ok()?;
    Some(Stamp { seconds: meta.mtime(), nanoseconds: meta.mtime_nsec(), length: meta.len(), inode: meta.ino() })
}
