//! Chapter 07.

mod listen;
mod server;
mod signals;

use std::process::ExitCode;

use lab::Chapter;

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter { name: "07-sigio", core: &[], gallery: &[], serve: server::serve };

fn main() -> ExitCode {
    CHAPTER.run()
}
