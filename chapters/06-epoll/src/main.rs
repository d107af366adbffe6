//! Chapter 06.

mod server;
mod service;
mod slab;

use std::process::ExitCode;

use lab::Chapter;

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter { name: "06-epoll", core: &[], gallery: &[], serve: server::serve };

fn main() -> ExitCode {
    CHAPTER.run()
}
