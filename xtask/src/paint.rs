//! Colour: where a person looks at it, and where it is asked for.

use std::env;
use std::io::{self, IsTerminal};

/// Whether standard output gets colour. The rules are those of the chapters' programs: CLICOLOR_FORCE
/// asks for it, NO_COLOR refuses it, and otherwise a terminal gets it that can show it.
pub fn wanted() -> bool {
    let of = |name: &str| env::var(name).ok();
    let able = io::stdout().is_terminal() && of("TERM").is_none_or(|term| term != "dumb");
    decide(of("CLICOLOR_FORCE").as_deref(), of("NO_COLOR").as_deref(), of("CLICOLOR").as_deref(), able)
}

fn decide(force: Option<&str>, refuse: Option<&str>, ask: Option<&str>, able: bool) -> bool {
    if force.is_some_and(|force| force != "0") {
        return true;
    }
    able && refuse.is_none_or(str::is_empty) && ask != Some("0")
}

/// How something is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// What is right, and what a diff adds.
    Green,
    /// What is not, and what a diff takes away.
    Red,
    /// Where one looks first.
    Bold,
}

/// `text` in colour, where `paint` says so.
pub fn paint(text: &str, colours: &[Colour], paint: bool) -> String {
    if !paint || text.is_empty() {
        return text.to_owned();
    }
    let codes: Vec<&str> = colours
        .iter()
        .map(|colour| match colour {
            Colour::Green => "32",
            Colour::Red => "31",
            Colour::Bold => "1",
        })
        .collect();
    format!("\x1b[{}m{text}\x1b[0m", codes.join(";"))
}

/// `text` without its escape sequences, which a compiler or a reader's code may have put there.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\x1b' {
            plain.push(letter);
        } else if letters.next() == Some('[') {
            // A control sequence ends with its first letter from @ to ~ (ECMA-48).
            letters.find(|letter| ('@'..='~').contains(letter));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Colour, decide, paint, plain};

    #[test]
    fn a_terminal_gets_colour_unless_it_is_refused() {
        assert!(decide(None, None, None, true));
        assert!(!decide(None, None, None, false));
        assert!(!decide(None, Some("1"), None, true));
        assert!(decide(None, Some(""), None, true), "an empty NO_COLOR refuses nothing");
        assert!(!decide(None, None, Some("0"), true));
    }

    #[test]
    fn what_is_forced_is_forced_everywhere() {
        assert!(decide(Some("1"), Some("1"), None, false));
        assert!(!decide(Some("0"), None, None, false));
    }

    #[test]
    fn paint_comes_off_again() {
        assert_eq!(paint("RIGHT", &[Colour::Bold, Colour::Green], true), "\x1b[1;32mRIGHT\x1b[0m");
        assert_eq!(paint("RIGHT", &[Colour::Green], false), "RIGHT");
        assert_eq!(plain("\x1b[1;32mRIGHT\x1b[0m, \x1b[2Jyes\x1b"), "RIGHT, yes");
    }
}
