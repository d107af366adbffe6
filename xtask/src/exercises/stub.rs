//! From a solution to the file that a reader begins with, by the marks in the solution.
//!
//! ```text
//! // exercise: begin todo!("read until the record is full")
//! the lines that a reader is to write
//! // exercise: end
//! ```
//!
//! leaves the `todo!`. Where the reader is to mend something, the first mark ends with `begin`, and lines
//! `// stub: …` after it say what stands there in place of the right lines. A gap with neither leaves
//! nothing: helpers that a solution may have and an answer need not.

use std::fmt;

const BEGIN: &str = "// exercise: begin";
const END: &str = "// exercise: end";
const ANY: &str = "// exercise:";
const STUB: &str = "// stub:";

/// A mark that is not understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line it stands in, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The file that a reader begins with.
///
/// # Errors
/// The first mark that is not understood.
pub fn of(solution: &str) -> Result<String, Fault> {
    let mut stub = String::with_capacity(solution.len());
    // The line of the mark that is open.
    let mut open: Option<usize> = None;
    let mut left_to_do = false;
    for (line, text) in (1..).zip(solution.lines()) {
        let fault = |what| Fault { line, what };
        let code = text.trim_start();
        let indent = &text[..text.len() - code.len()];
        if let Some(gap) = code.strip_prefix(BEGIN) {
            if open.replace(line).is_some() {
                return Err(fault("a gap begins before the last one ended"));
            }
            let gap = gap.trim();
            if !gap.is_empty() {
                put(&mut stub, indent, gap);
                left_to_do = true;
            }
        } else if code.trim_end() == END {
            if open.take().is_none() {
                return Err(fault("a gap ends that did not begin"));
            }
        } else if code.starts_with(ANY) {
            return Err(fault("after `// exercise:` stands `begin` or `end`"));
        } else if let Some(said) = code.strip_prefix(STUB) {
            if open.is_none() {
                return Err(fault("a `// stub:` line outside a gap"));
            }
            put(&mut stub, indent, said.strip_prefix(' ').unwrap_or(said));
            left_to_do = true;
        } else if open.is_none() {
            put(&mut stub, "", text);
        }
    }
    match open {
        Some(line) => Err(Fault { line, what: "a gap begins here and does not end" }),
        None if !left_to_do => {
            Err(Fault { line: 1, what: "no gap in it leaves a `todo!` or a `// stub:` line, so nothing is left to do" })
        }
        None => Ok(stub),
    }
}

/// The solution as a reader sees it: without marks.
pub fn unmarked(solution: &str) -> String {
    let mut text = String::with_capacity(solution.len());
    let marks = |line: &str| {
        let code = line.trim_start();
        code.starts_with(ANY) || code.starts_with(STUB)
    };
    solution.lines().filter(|line| !marks(line)).for_each(|line| put(&mut text, "", line));
    text
}

/// Adds a line; an empty one is not indented.
fn put(to: &mut String, indent: &str, line: &str) {
    if !line.is_empty() {
        to.push_str(indent);
        to.push_str(line);
    }
    to.push('\n');
}

#[cfg(test)]
mod tests {
    use super::{Fault, of, unmarked};

    #[test]
    fn a_gap_is_left_for_the_reader() {
        let solution = "fn f() -> u8 {\n    // exercise: begin todo!(\"say one\")\n    let one = 1;\n    one\n    // exercise: end\n}\n";
        assert_eq!(of(solution).unwrap(), "fn f() -> u8 {\n    todo!(\"say one\")\n}\n");
        assert_eq!(unmarked(solution), "fn f() -> u8 {\n    let one = 1;\n    one\n}\n");
    }

    #[test]
    fn a_fault_is_left_to_mend() {
        let solution = "    // exercise: begin\n    // stub: if x {\n    // stub:     y\n    // stub:\n    // stub: }\n    if !x {}\n    // exercise: end\n";
        assert_eq!(of(solution).unwrap(), "    if x {\n        y\n\n    }\n");
        assert_eq!(unmarked(solution), "    if !x {}\n");
    }

    #[test]
    fn several_gaps_are_several_tasks() {
        let gap = "// exercise: begin todo!()\nx\n// exercise: end\n";
        assert_eq!(of(&format!("{gap}between\n{gap}")).unwrap(), "todo!()\nbetween\ntodo!()\n");
    }

    #[test]
    fn a_gap_may_leave_nothing() {
        let solution = "// exercise: begin todo!()\nhelp()\n// exercise: end\n}\n// exercise: begin\n\nfn help() {}\n// exercise: end\n";
        assert_eq!(of(solution).unwrap(), "todo!()\n}\n");
    }

    #[test]
    fn a_mark_that_is_not_understood_is_told_with_its_line() {
        let fault = |text: &str| of(text).unwrap_err();
        assert_eq!(fault("a\n// exercise: begin todo!()\n").line, 2);
        assert_eq!(fault("// exercise: begin todo!()\n// exercise: begin todo!()\n").line, 2);
        assert_eq!(fault("// exercise: end\n"), Fault { line: 1, what: "a gap ends that did not begin" });
        assert_eq!(fault("\n// exercise: begin\nx\n// exercise: end\n").line, 1);
        assert_eq!(fault("// exercise: ende\n").line, 1);
        assert_eq!(fault("// stub: x\n").line, 1);
        assert!(fault("fn f() {}\n").to_string().contains("nothing is left to do"));
    }
}
