//! What a compiler said, out of what cargo wrote to standard error.

use crate::paint::plain;

/// What cargo says of itself, each with spaces before it.
const STATUS: [&str; 14] = [
    "Adding",
    "Blocking",
    "Building",
    "Checking",
    "Compiling",
    "Doc-tests",
    "Downloaded",
    "Downloading",
    "Executable",
    "Finished",
    "Locking",
    "Running",
    "Updating",
    "Fresh",
];

/// A status line's word and what follows it: `Compiling`, `lab v0.1.0 (…)`.
pub fn status(line: &str) -> Option<(String, String)> {
    let line = plain(line);
    if !line.starts_with(' ') {
        return None;
    }
    let (word, rest) = line.trim_start().split_once(' ')?;
    STATUS.contains(&word).then(|| (word.to_owned(), rest.trim().to_owned()))
}

/// Why nothing was built.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// The first error, in the compiler's words.
    pub error: String,
    /// How many others there are.
    pub more: usize,
    /// All errors as they were shown, without warnings and without what cargo says of itself.
    pub errors: String,
    /// Whether `package` itself is what could not be compiled.
    pub in_package: bool,
    /// Whether the disk was full.
    pub disk_full: bool,
}

/// Why `package` was not built, from all that cargo wrote to standard error.
pub fn cause(stderr: &str, package: &str) -> Cause {
    let mut cause = Cause { error: String::new(), more: 0, errors: String::new(), in_package: false, disk_full: false };
    cause.disk_full = stderr.contains("No space left on device");
    cause.in_package = plain(stderr).contains(&format!("could not compile `{package}`"));
    for paragraph in paragraphs(stderr) {
        let (first, _) = paragraph.split_once('\n').unwrap_or((&paragraph, ""));
        let first = plain(first);
        if first.starts_with("warning") {
            continue;
        }
        if let Some(error) = first.strip_prefix("error").and_then(|rest| Some(rest.split_once(": ")?.1)) {
            if cause.error.is_empty() {
                cause.error = error.trim().to_owned();
            } else {
                cause.more += 1;
            }
        }
        cause.errors += &paragraph;
        cause.errors.push('\n');
    }
    // A test reaches the reader's file by way of its own folder; an editor that is to open it, need not.
    cause.errors = cause.errors.replace("/tests/../src/", "/src/");
    cause
}

/// Messages, each with all that belongs to it. A message ends with an empty line, but not everything
/// before an empty line is a message of its own.
fn paragraphs(stderr: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut after_gap = true;
    for line in stderr.lines().filter(|line| status(line).is_none() && !of_cargo(line)) {
        let begins = ["error", "warning", "note: ", "Some errors", "For more information", "help: "];
        if after_gap && begins.iter().any(|begin| plain(line).starts_with(begin)) || paragraphs.is_empty() {
            paragraphs.push(String::new());
        } else if after_gap && let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push('\n');
        }
        after_gap = line.trim().is_empty();
        if let Some(paragraph) = paragraphs.last_mut().filter(|_| !after_gap) {
            *paragraph += line;
            paragraph.push('\n');
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// What cargo adds below the messages, and what a reader has read above by then.
fn of_cargo(line: &str) -> bool {
    let line = plain(line);
    line.starts_with("error: could not compile `")
        || line.starts_with("warning: build failed, waiting")
        || (line.starts_with("warning: `") && line.contains("generated"))
}

/// Whether the compiler warned of something in `package`.
pub fn warned(stderr: &str, package: &str) -> bool {
    plain(stderr).lines().any(|line| line.starts_with(&format!("warning: `{package}`")) && line.contains("generated"))
}

/// What the check calls and the reader's file does not have, if that is the error.
pub fn absent(error: &str) -> Option<&str> {
    let path = error.split_once('`')?.1.split_once('`')?.0;
    let unresolved = error.starts_with("unresolved import") || error.starts_with("cannot find");
    let name = path.strip_prefix("super::answer::").or_else(|| path.strip_prefix("crate::answer::"))?;
    unresolved.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{absent, cause, status};

    const STDERR: &str = "\
\x1b[1m\x1b[92m   Compiling\x1b[0m exercise-01-blocking v0.1.0 (/book/exercises/01-blocking)
\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m: unused variable: `x`\x1b[0m
 --> exercises/01-blocking/tests/../src/relay.rs:4:9

\x1b[1m\x1b[91merror[E0308]\x1b[0m\x1b[1m: mismatched types\x1b[0m
 --> exercises/01-blocking/tests/../src/relay.rs:5:5
  |
5 |     \"Running\"
  |     ^^^^^^^^^ expected `usize`, found `&str`

error: expected `;`
 --> exercises/01-blocking/tests/../src/relay.rs:9:5

For more information about this error, try `rustc --explain E0308`.
warning: `exercise-01-blocking` (test \"relay\") generated 1 warning
error: could not compile `exercise-01-blocking` (test \"relay\") due to 2 previous errors; 1 warning emitted
";

    #[test]
    fn errors_are_told_and_neither_warnings_nor_cargos_own_words() {
        let cause = cause(STDERR, "exercise-01-blocking");
        assert_eq!((&*cause.error, cause.more), ("mismatched types", 1));
        assert!(cause.in_package && !cause.disk_full);
        let told = "\
\x1b[1m\x1b[91merror[E0308]\x1b[0m\x1b[1m: mismatched types\x1b[0m
 --> exercises/01-blocking/src/relay.rs:5:5
  |
5 |     \"Running\"
  |     ^^^^^^^^^ expected `usize`, found `&str`

error: expected `;`
 --> exercises/01-blocking/src/relay.rs:9:5

For more information about this error, try `rustc --explain E0308`.

";
        assert_eq!(cause.errors, told);
    }

    #[test]
    fn warnings_are_known_by_their_sum() {
        assert!(super::warned(STDERR, "exercise-01-blocking"));
        assert!(!super::warned(STDERR, "exercise-06-epoll"));
    }

    #[test]
    fn a_linker_that_is_missing_is_not_the_readers_fault() {
        let stderr = "error: linker `cc` not found\n  |\n  = note: No such file\n\nerror: could not compile `libc` (build script) due to 1 previous error\n";
        let cause = cause(stderr, "exercise-01-blocking");
        assert!(!cause.in_package);
        assert_eq!(cause.error, "linker `cc` not found");
    }

    #[test]
    fn a_message_may_have_gaps() {
        let stderr = "error: linking failed\n  = note: a\n\n          b\n\nerror: no\n";
        let cause = cause(stderr, "x");
        assert_eq!(cause.errors, "error: linking failed\n  = note: a\n\n          b\n\nerror: no\n\n");
    }

    #[test]
    fn cargos_status_is_known_by_its_words() {
        let (word, rest) =
            status("\x1b[1m\x1b[96m    Blocking\x1b[0m waiting for file lock on build directory").unwrap();
        assert_eq!((&*word, &*rest), ("Blocking", "waiting for file lock on build directory"));
        assert_eq!(status("Running late"), None);
        assert_eq!(status("5 |     Running x"), None);
    }

    #[test]
    fn a_function_that_is_gone_is_told_by_its_name() {
        assert_eq!(absent("unresolved import `super::answer::read_exactly`"), Some("read_exactly"));
        assert_eq!(absent("unresolved import `nix::nothing`"), None);
        assert_eq!(absent("mismatched types"), None);
    }
}
