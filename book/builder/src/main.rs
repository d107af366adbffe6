//! Builds the book, and refuses to where it says what is not so.
//!
//! A page holds words; what a kernel did comes from the snapshots of demos, what a claim came to
//! from `book/claims.tsv`, listings from compiled files. This program puts them together, with
//! mdBook in process:
//!
//! - [`press`] builds, [`watch`] builds again, [`command`] lets mdBook call us instead;
//! - [`pages`] goes through the book, [`page`] through one page: [`directive`] finds what is to be
//!   put in, and [`transcript`], [`questions`], [`exercise`], [`claims`] and [`verdicts`] make it;
//! - [`reading`] tells what a page's Markdown holds; [`include`], [`links`], [`mentions`] and
//!   [`summary`] hold that against what is there: [`repository`] and [`commands`];
//! - [`fault`] is what is told when they disagree.

mod claims;
mod command;
mod commands;
mod directive;
mod exercise;
mod fault;
mod html;
mod include;
mod links;
mod mentions;
#[path = "../../../lab/src/nearest.rs"]
mod nearest;
mod options;
mod page;
mod pages;
mod path;
mod press;
mod questions;
mod reading;
mod repository;
mod summary;
mod transcript;
mod verdicts;
mod watch;

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use mdbook_driver::errors::Error;
use options::{HELP, Request};
use press::{Built, Press};

/// The exit codes of all our programs.
const FAULTS: u8 = 1;
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let request = match options::parse(env::args_os().skip(1)) {
        Ok(request) => request,
        Err(error) => {
            complain(format_args!("{error}\nNext: book-builder --help shows what it takes"));
            return ExitCode::from(USAGE);
        }
    };
    let done = match request {
        Request::Help => say(HELP),
        Request::Supports { renderer } => return ExitCode::from(u8::from(renderer != "html")),
        Request::Preprocess => command::preprocess(io::stdin().lock(), io::stdout().lock()),
        Request::Build { dest, open } => press(dest).and_then(|press| build(&press, open)),
        Request::Check => press(None).and_then(|press| check(&press)),
        Request::Watch { dest, open } => press(dest).map(|press| watch(&press, open)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("{error:#}"));
            ExitCode::from(FAULTS)
        }
    }
}

fn press(dest: Option<PathBuf>) -> Result<Press, Error> {
    let here = env::current_dir().ok();
    let ours = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = [here, ours].into_iter().flatten().find_map(|start| {
        let is_root = |folder: &&Path| folder.join("book/book.toml").is_file();
        start.ancestors().find(is_root).map(Path::to_owned)
    });
    let root = root.ok_or_else(|| {
        Error::msg(
            "looked for book/book.toml from here upward, and found none\nNext: change into the folder that you cloned",
        )
    })?;
    Ok(Press::new(root, dest.map(std::path::absolute).transpose()?))
}

fn build(press: &Press, open: bool) -> Result<(), Error> {
    let Built { folder, pages, time } = press.build()?;
    let index = folder.join("index.html");
    let index = index.canonicalize().unwrap_or(index);
    say(&format!("{pages} pages in {} ms: {}\n", time.as_millis(), path::address(&index)))?;
    if open && !opened(&index) {
        complain("there is neither xdg-open nor open here; hand that address to a browser yourself");
    }
    Ok(())
}

fn check(press: &Press) -> Result<(), Error> {
    let Built { pages, time, .. } = press.check()?;
    say(&format!("The book is sound: {pages} pages in {} ms.\n", time.as_millis()))
}

fn watch(press: &Press, mut open: bool) {
    watch::for_ever(press.root(), || {
        match build(press, open) {
            // Once is enough.
            Ok(()) => open = false,
            Err(error) => complain(format_args!("{error:#}")),
        }
    });
}

/// Hands a file to the reader's browser; false where there is nobody to hand it to.
fn opened(file: &Path) -> bool {
    ["xdg-open", "open"].iter().any(|opener| {
        let mut command = Command::new(opener);
        command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().is_ok()
    })
}

fn say(text: &str) -> Result<(), Error> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn complain(what: impl std::fmt::Display) {
    // Where standard error is closed, there is nobody to tell that.
    let _ = writeln!(io::stderr(), "{what}");
}
