//! `bench`: what the servers cost on this host.

use std::ffi::OsString;
use std::io::Write;

use lexopt::Arg;

use crate::arguments::Arguments;
use crate::cargo;
use crate::command::Command;
use crate::outcome::{Outcome, Stop};
use crate::workspace::Workspace;

/// The package that measures.
const BENCH: &str = "bench";

/// `cargo xtask bench`.
pub const COMMAND: Command = Command {
    name: "bench",
    about: "measures what an echo server costs, beside mio's and tokio's",
    help: "\
Measures what chapter 06's echo server pays for a message of 128 bytes, in
processor time, beside one on mio and one on tokio (current-thread), with 1, 50
and 500 clients. Server and load have a processor each. The first time, that
builds mio and tokio too: some seconds. Measure on a host that does nothing else.

Usage: cargo xtask bench echo

Exit code: 0, 1 where ours costs more than the better of the two, 3 where this
host cannot measure it, or 101 where it cannot be built.

Example: cargo xtask bench echo
",
    run,
};

fn run(mut arguments: Arguments, _: &mut dyn Write) -> Outcome {
    match arguments.next()? {
        Some(Arg::Value(what)) if what == "echo" => arguments.end()?,
        Some(Arg::Value(what)) => {
            let what = format_args!("bench cannot measure {:?}", what.to_string_lossy()).to_string();
            return Err(Stop::usage(what, "cargo xtask bench echo"));
        }
        Some(other) => return Err(Stop::usage(other.unexpected(), "cargo xtask bench echo")),
        None => return Err(Stop::usage("bench needs to know what to measure", "cargo xtask bench echo")),
    }
    let workspace = Workspace::find()?;
    Err(cargo::become_measured(&workspace, BENCH, &[OsString::from("echo")]))
}
