//! The same program as mdBook's own preprocessor command: a book comes in as JSON, and goes out
//! as JSON.

use std::io::{Read, Write};

use mdbook_driver::errors::{Error, Result};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use serde_json::Value;

use crate::pages::Pages;

/// Reads a book, and writes it with its directives obeyed.
///
/// # Errors
/// It is no book of an mdBook that we know, or there is a fault in it.
pub fn preprocess(mut input: impl Read, mut output: impl Write) -> Result<()> {
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        Error::msg(format!(
            "what came in is no book from mdBook: {error}\nNext: build with cargo xtask book, or mdbook build book"
        ))
    })?;
    // Asked first: an older mdBook's book has another shape.
    refuse_older(value[0]["mdbook_version"].as_str().unwrap_or("of no version"))?;
    let (context, book): (PreprocessorContext, Book) = serde_json::from_value(value)?;
    let book = Pages.run(&context, book)?;
    serde_json::to_writer(&mut output, &book)?;
    Ok(output.flush()?)
}

/// # Errors
/// This mdBook is older than 0.5.
fn refuse_older(version: &str) -> Result<()> {
    let mut numbers = version.split(['.', '-']).map(|number| number.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if (major, minor) >= (0, 5) {
        return Ok(());
    }
    Err(Error::msg(format!(
        "this is mdBook {version}; the book needs 0.5 or later\nNext: cargo install mdbook, or build with cargo xtask book"
    )))
}

#[cfg(test)]
mod tests {
    use super::{preprocess, refuse_older};

    #[test]
    fn an_mdbook_older_than_0_5_is_refused() {
        for version in ["0.4.52", "0.4.0-beta", "of no version", ""] {
            assert!(refuse_older(version).is_err(), "{version}");
        }
        for version in ["0.5.0", "0.5.4", "0.6.0-alpha.1", "1.0.0"] {
            assert!(refuse_older(version).is_ok(), "{version}");
        }
        let old = r#"[{"root":"/","mdbook_version":"0.4.40","renderer":"html","config":{}},{"sections":[]}]"#;
        let error = preprocess(old.as_bytes(), Vec::new()).unwrap_err().to_string();
        assert!(error.contains("this is mdBook 0.4.40; the book needs 0.5 or later"), "{error}");
    }

    #[test]
    fn what_is_no_book_is_told_in_words() {
        let error = preprocess(&b"hello"[..], Vec::new()).unwrap_err().to_string();
        assert!(error.contains("no book from mdBook") && error.contains("cargo xtask book"), "{error}");
    }
}
