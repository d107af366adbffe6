//! What the runner understands, read from its source.
//!
//! A page that names a command or a flag must name one that there is. The source is asked, not
//! the built program: so a page is checked without building anything else, and the runner's own
//! tests hold its help and its source together.

use std::fs;
use std::io;
use std::path::Path;

/// The runner's commands.
#[derive(Debug, Default)]
pub struct Commands {
    /// Each subcommand, with the flags that its help names.
    pub all: Vec<(String, Vec<String>)>,
    /// The flags that a chapter's own program takes.
    pub of_chapters: Vec<String>,
}

impl Commands {
    /// Reads them from `xtask/src/` and `lab/src/options.rs`.
    ///
    /// # Errors
    /// A file is there but cannot be read.
    pub fn read(root: &Path) -> io::Result<Commands> {
        let mut all = Vec::new();
        let mut sources = Vec::new();
        collect(&root.join("xtask/src"), &mut sources)?;
        sources.sort();
        for source in sources {
            all.extend(in_source(&fs::read_to_string(source)?));
        }
        let options = match fs::read_to_string(root.join("lab/src/options.rs")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            options => options?,
        };
        let of_chapters = between(&options, "Long(\"", "\"").map(|name| format!("--{name}")).collect();
        Ok(Commands { all, of_chapters })
    }

    /// The flags of a subcommand, if there is such a one.
    pub fn flags_of(&self, name: &str) -> Option<&[String]> {
        self.all.iter().find(|(command, _)| command == name).map(|(_, flags)| flags.as_slice())
    }

    /// The names of the subcommands.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|(name, _)| name.as_str())
    }
}

/// The commands that a source file defines: its name, and the flags that its help explains.
fn in_source(source: &str) -> impl Iterator<Item = (String, Vec<String>)> {
    source.split("Command = Command {").skip(1).filter_map(|definition| {
        let name = between(definition, "name: \"", "\"").next()?;
        let help = between(definition, "help: \"", "\",\n").next()?;
        Some((name.to_owned(), flags_in(help)))
    })
}

/// `--predict` and its like, in a text.
fn flags_in(text: &str) -> Vec<String> {
    let is_flag = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    let words = text.split(|letter| !is_flag(letter)).map(|word| word.trim_end_matches('-'));
    words.filter(|word| word.len() > 2 && word.starts_with("--")).map(str::to_owned).collect()
}

fn between<'a>(text: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(begin).skip(1).filter_map(move |rest| rest.split(end).next())
}

fn collect(folder: &Path, sources: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Commands, flags_in, in_source};

    #[test]
    fn a_command_is_its_name_and_the_flags_of_its_help() {
        let source = "pub const COMMAND: Command = Command {\n    name: \"run\",\n    about: \"runs\",\n    help: \"\\\n\
                      Usage: run [--raw|--svg FILE]\n\n--port=N, --plain.\n\",\n    run,\n};\n// --not-this\n";
        let flags = ["--raw", "--svg", "--port", "--plain"].map(String::from).to_vec();
        assert_eq!(in_source(source).collect::<Vec<_>>(), [("run".to_owned(), flags)]);
    }

    #[test]
    fn a_dash_is_no_flag() {
        assert_eq!(flags_in("a -- b --- c -x --x"), ["--x"]);
    }

    #[test]
    fn the_runner_of_this_book_has_its_commands_found() {
        let commands = Commands::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        assert!(commands.flags_of("book").is_some_and(|flags| flags.contains(&"--check".into())), "{commands:?}");
        assert!(commands.flags_of("run").is_some());
        assert!(commands.of_chapters.contains(&"--predict".into()));
    }
}
