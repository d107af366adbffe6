//! What a chapter's program was asked for.

use std::path::PathBuf;

use lexopt::prelude::*;

/// How demos are to be shown.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Ask before showing.
    pub(crate) predict: bool,
    /// As what.
    pub(crate) form: Form,
    /// No colour, whatever the terminal can do.
    pub(crate) plain: bool,
}

/// What is shown of a demo.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its transcript.
    #[default]
    Transcript,
    /// Every call with the kernel's own names and numbers.
    Raw,
    /// The figure of its two phases.
    Timeline,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Show demos: by name, or the core path.
    Show { names: Vec<String>, all: bool, manner: Manner },
    /// Draw a demo into a file.
    Draw { name: String, file: PathBuf },
    /// Run demos with nobody watching.
    Bare { names: Vec<String> },
    /// List the demos.
    List,
    /// Tell what all demos saw of the book's claims, as a table.
    Claims,
    /// Tell all questions with their right answers.
    Questions,
    /// Serve echo on this port.
    Serve { port: u16 },
    /// Explain the options.
    Help,
}

pub(crate) const HELP: &str = "\
Runs this chapter's demos on the running kernel and shows what it said.

  [DEMO…]              the demos of these names; without a name, the core path
  --all                all demos
  --list               the demos, each with its point
  --predict            asks before it shows: say what the kernel will answer
  --raw                every call with the kernel's own names and numbers
  --timeline           a figure: where the thread sleeps, and where the kernel copies
  --svg FILE           the figure of one demo as SVG
  --plain              no colour
  --claims             a table of what all demos saw: claim, demo, whether it was so, sentence
  --questions          a table of what --predict asks: demo, question, right or wrong, choice, remark
  --bare               runs the demo unwatched, for strace -f, gdb or perf
  serve [--port N]     the echo server of this chapter's model (port 0: any that is free)

Example: cargo xtask run chapter-01 two_phases --predict
";

/// Reads the arguments after the program's name.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = impl Into<std::ffi::OsString>>,
) -> Result<Request, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut names, mut all, mut bare, mut manner) = (Vec::<String>::new(), false, false, Manner::default());
    let mut svg = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) if word == "serve" && names.is_empty() => return parse_serve(parser),
            Value(name) => names.push(name.string()?),
            Long("all") => all = true,
            Long("list") => return Ok(Request::List),
            Long("claims") => return Ok(Request::Claims),
            Long("questions") => return Ok(Request::Questions),
            Long("predict") => manner.predict = true,
            Long("raw") => manner.form = Form::Raw,
            Long("timeline") => manner.form = Form::Timeline,
            Long("svg") => svg = Some(PathBuf::from(parser.value()?)),
            Long("plain") => manner.plain = true,
            Long("bare") => bare = true,
            Long("help") | Short('h') => return Ok(Request::Help),
            other => return Err(other.unexpected()),
        }
    }
    if let Some(file) = svg {
        let [name] = &names[..] else { return Err("--svg draws one demo: name it".into()) };
        return Ok(Request::Draw { name: name.clone(), file });
    }
    Ok(if bare { Request::Bare { names } } else { Request::Show { names, all, manner } })
}

fn parse_serve(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let mut port = 0;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => {
                let value = parser.value()?;
                port = value
                    .parse()
                    .map_err(|_| format!("{value:?} is no port: 0 to 65535, and 0 for any that is free"))?;
            }
            Long("help") | Short('h') => return Ok(Request::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Request::Serve { port })
}

#[cfg(test)]
mod tests {
    use super::{Manner, Request, parse};

    #[test]
    fn names_and_flags_come_in_any_order() {
        let manner = Manner { predict: true, ..Manner::default() };
        let asked = Request::Show { names: vec!["two_phases".into()], all: false, manner };
        assert_eq!(parse(["--predict", "two_phases"]).unwrap(), asked);
        assert_eq!(parse(["two_phases", "--predict"]).unwrap(), asked);
    }

    #[test]
    fn serve_takes_a_port_and_nothing_else() {
        assert_eq!(parse(["serve"]).unwrap(), Request::Serve { port: 0 });
        assert_eq!(parse(["serve", "--port", "7000"]).unwrap(), Request::Serve { port: 7000 });
        assert!(parse(["serve", "--port", "70000"]).unwrap_err().to_string().contains("0 to 65535"));
        assert!(parse(["serve", "--predict"]).is_err());
    }

    #[test]
    fn an_unknown_flag_is_an_error() {
        assert!(parse(["--colour"]).is_err());
    }
}
