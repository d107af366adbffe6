//! What this checkout holds, read from its folders.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::chapters::{self, Chapter};
use crate::outcome::Stop;

/// A checkout of the book.
#[derive(Debug)]
pub struct Workspace {
    /// Its folder.
    pub root: PathBuf,
}

impl Workspace {
    /// The checkout that the reader stands in; failing that, the one that cargo started us from.
    /// Asked at run time: a path from compile time would be wrong once the checkout has moved.
    ///
    /// # Errors
    /// Neither is one.
    pub fn find() -> Result<Workspace, Stop> {
        let here = env::current_dir().ok();
        let ours = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = [here, ours].into_iter().flatten().find_map(|start| root_above(&start));
        root.map(|root| Workspace { root }).ok_or_else(|| {
            Stop::usage(
                "looked for the book (a folder with chapters/ and xtask/) from here upward, and found none",
                "change into the folder that you cloned it to, and ask again",
            )
        })
    }

    /// The twelve chapters and any further one, with those marked that are written.
    ///
    /// # Errors
    /// The folder of the chapters cannot be read.
    pub fn chapters(&self) -> Result<Vec<Chapter>, Stop> {
        Ok(chapters::with_written(&self.packages("chapters")?))
    }

    /// The folders of the packages in one of the root's folders, in order; none where it is not there.
    ///
    /// # Errors
    /// It is there, and cannot be read.
    pub fn packages(&self, within: &str) -> Result<Vec<String>, Stop> {
        let path = self.root.join(within);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let mut packages = Vec::new();
        for entry in entries.map_err(|error| Stop::unreadable(&path, &error))? {
            if let Ok(name) = entry.file_name().into_string()
                && entry.path().join("Cargo.toml").is_file()
            {
                packages.push(name);
            }
        }
        packages.sort();
        Ok(packages)
    }
}

fn root_above(start: &Path) -> Option<PathBuf> {
    let is_root = |folder: &&Path| folder.join("xtask/Cargo.toml").is_file() && folder.join("chapters").is_dir();
    start.ancestors().find(is_root).map(Path::to_owned)
}
