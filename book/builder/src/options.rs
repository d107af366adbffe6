//! What the program was asked for.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Build the book.
    Build { dest: Option<PathBuf>, open: bool },
    /// Build it where nobody sees it.
    Check,
    /// Build it after each change.
    Watch { dest: Option<PathBuf>, open: bool },
    /// Be mdBook's preprocessor.
    Preprocess,
    /// Tell mdBook whether we have anything to do with this renderer.
    Supports { renderer: String },
    /// Explain the options.
    Help,
}

/// What `--help` prints.
pub const HELP: &str = "\
Builds the book from what ran: transcripts, questions, claims, listings.

  [--dest DIR]     where to; without it, where book/book.toml says
  --open           shows it in the browser
  --watch          builds again after each change, until ^C
  --check          builds nothing that stays: only tells what is not so

  preprocess       for mdBook: a book comes in as JSON, and goes out as JSON
  supports NAME    for mdBook: whether there is anything to do for a renderer

Exit codes: 0 done, 1 there is a fault, 2 usage.

Example: cargo run -p book-builder -- --check
";

/// Reads the arguments after the program's name.
pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Request, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut dest, mut open, mut watch, mut check) = (None, false, false, false);
    while let Some(argument) = parser.next()? {
        match argument {
            // mdBook puts its own words after the command's.
            Value(word) if word == "preprocess" => return preprocessor(&mut parser),
            Value(word) if word == "supports" => return supports(&mut parser),
            Long("dest") => dest = Some(parser.value()?.into()),
            Long("open") => open = true,
            Long("watch") => watch = true,
            Long("check") => check = true,
            Long("help") | Short('h') => return Ok(Request::Help),
            other => return Err(other.unexpected()),
        }
    }
    match (check, watch) {
        (true, _) if watch || open || dest.is_some() => {
            Err("--check builds nothing that stays, so it goes with nothing else".into())
        }
        (true, _) => Ok(Request::Check),
        (false, true) => Ok(Request::Watch { dest, open }),
        (false, false) => Ok(Request::Build { dest, open }),
    }
}

fn preprocessor(parser: &mut lexopt::Parser) -> Result<Request, lexopt::Error> {
    match parser.next()? {
        None => Ok(Request::Preprocess),
        Some(Value(word)) if word == "supports" => supports(parser),
        Some(other) => Err(other.unexpected()),
    }
}

fn supports(parser: &mut lexopt::Parser) -> Result<Request, lexopt::Error> {
    Ok(Request::Supports { renderer: parser.value()?.string()? })
}

#[cfg(test)]
mod tests {
    use super::{Request, parse};

    #[test]
    fn without_words_it_builds() {
        assert_eq!(parse([""; 0]).unwrap(), Request::Build { dest: None, open: false });
        assert_eq!(parse(["--open", "--dest", "x"]).unwrap(), Request::Build { dest: Some("x".into()), open: true });
        assert_eq!(parse(["--watch"]).unwrap(), Request::Watch { dest: None, open: false });
        assert_eq!(parse(["--check"]).unwrap(), Request::Check);
        assert!(parse(["--check", "--open"]).is_err());
        assert!(parse(["--chekc"]).is_err());
    }

    #[test]
    fn mdbook_asks_in_its_own_way() {
        assert_eq!(parse(["preprocess"]).unwrap(), Request::Preprocess);
        let html = Request::Supports { renderer: "html".into() };
        assert_eq!(parse(["preprocess", "supports", "html"]).unwrap(), html);
        assert_eq!(parse(["supports", "html"]).unwrap(), html);
    }
}
