//! The runner: `cargo xtask …`.
//!
//! It starts programs and imports none of them, so that it is built in a second or two and a
//! broken chapter cannot break it. Each subcommand is a file of its own and a line in
//! [`COMMANDS`]; what several of them need stands in the other files:
//!
//! - [`command`] and [`arguments`]: what the command line asks for, word by word;
//! - [`outcome`]: exit codes, and what a reader is told when a command stops early;
//! - [`workspace`] and [`chapters`]: what this checkout holds, and the twelve that it is to hold;
//! - [`exercises`]: the exercises, their hints and stubs, and which one a reader means;
//! - [`checking`] and [`verdict`]: running an exercise's check, so that nothing of it is left, and what
//!   it came to; [`progress`]: what of that is remembered;
//! - [`cargo`] and [`program`]: starting cargo, becoming another package's program, hearing one out; [`fresh`]:
//!   whether there is anything for cargo to do;
//! - [`errno`] and [`nearest`]: what the kernel answered, and "did you mean";
//! - [`clock`], [`diff`], [`json`], [`paint`] and [`xml`]: small things that a crate would cost more for.

mod arguments;
mod cargo;
mod chapters;
mod checking;
mod clock;
mod command;
mod diff;
mod errno;
mod exercises;
mod fresh;
mod json;
#[path = "../../lab/src/nearest.rs"]
mod nearest;
mod outcome;
mod paint;
mod program;
mod progress;
mod verdict;
mod workspace;
mod xml;

mod bench;
mod book;
mod check;
mod claims;
mod doctor;
mod grade;
mod help;
mod here;
mod hint;
mod list;
mod reset;
mod run;
mod solution;
mod stubs;
mod verify;
mod watch;

use std::io;
use std::process::ExitCode;

use arguments::Arguments;
use command::{Command, Request};

/// The subcommands, in the order in which `help` tells them.
const COMMANDS: &[Command] = &[
    run::COMMAND,
    list::COMMAND,
    check::COMMAND,
    watch::COMMAND,
    hint::COMMAND,
    solution::COMMAND,
    reset::COMMAND,
    grade::COMMAND,
    doctor::COMMAND,
    claims::COMMAND,
    bench::COMMAND,
    book::COMMAND,
    stubs::COMMAND,
    verify::COMMAND,
    help::COMMAND,
];

fn main() -> ExitCode {
    let out = &mut io::stdout().lock();
    let outcome = match Request::read(Arguments::of_this_process()) {
        Request::Nothing => here::show(out),
        Request::Help => help::overview(out),
        Request::Command(command, arguments) => command.start(arguments, out),
        Request::Wrong(stop) => Err(stop),
    };
    outcome::exit_code(outcome)
}
