//! Building the book: in place, or in a folder of its own that goes away again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

use mdbook_driver::MDBook;
use mdbook_driver::errors::Error;

use crate::fault::Faults;
use crate::pages::Pages;
use crate::summary;

/// A checkout whose book is to be built.
#[derive(Debug)]
pub struct Press {
    root: PathBuf,
    dest: Option<PathBuf>,
}

/// A book that was built.
#[derive(Debug)]
pub struct Built {
    /// Where.
    pub folder: PathBuf,
    /// How many pages it has.
    pub pages: usize,
    /// How long that took.
    pub time: Duration,
}

impl Press {
    /// A press for the checkout at `root`; into `dest`, or where `book.toml` says.
    pub fn new(root: PathBuf, dest: Option<PathBuf>) -> Press {
        Press { root, dest }
    }

    /// The checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Builds the book.
    ///
    /// # Errors
    /// There is a fault in it, or its folder holds something else.
    pub fn build(&self) -> Result<Built, Error> {
        let begun = Instant::now();
        let mut book = self.load()?;
        if let Some(dest) = &self.dest {
            book.config.build.build_dir.clone_from(dest);
        }
        let folder = std::path::absolute(book.root.join(&book.config.build.build_dir))?;
        may_be_emptied(&folder)?;
        book.with_preprocessor(Pages).build()?;
        Ok(Built { folder, pages: book.book.chapters().count(), time: begun.elapsed() })
    }

    /// Builds the book where nobody sees it, and removes it again.
    ///
    /// # Errors
    /// There is a fault in it.
    pub fn check(&self) -> Result<Built, Error> {
        let folder = std::env::temp_dir().join(format!("ready-or-done-book-{}", process::id()));
        let built = Press::new(self.root.clone(), Some(folder.clone())).build();
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => built,
        }
    }

    fn load(&self) -> Result<MDBook, Error> {
        let book = self.root.join("book");
        MDBook::load(&book).map_err(|error| {
            // mdBook stops at the first page that is missing; the table of contents may name more.
            match Faults::none(summary::check(&self.root, "book/src")) {
                Err(faults) => Error::new(faults),
                Ok(()) => error,
            }
        })
    }
}

/// mdBook empties the folder that it builds into. That must be an earlier book, or nothing.
fn may_be_emptied(folder: &Path) -> Result<(), Error> {
    let empty = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        entries => entries?.next().is_none(),
    };
    if empty || (folder.join("toc.html").is_file() && folder.join(".nojekyll").is_file()) {
        return Ok(());
    }
    Err(Error::msg(format!(
        "{} is not empty and holds no book: a build would delete what is in it\n\
         Next: name a folder of its own with --dest, or empty that one yourself",
        folder.display()
    )))
}
