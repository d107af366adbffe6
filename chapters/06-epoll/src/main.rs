//! Chapter 06: epoll. The kernel keeps the list, and answers with who is ready.

mod demos {
    pub mod changed_while_waited;
    pub mod epoll_and_sigio;
    pub mod epoll_is_pollable;
    pub mod event_bits;
    pub mod interrupted_wait;
    pub mod nested_too_deep;
    pub mod no_descriptor_limit;
    pub mod refused_changes;
    pub mod refused_descriptors;
    pub mod round_robin;
    pub mod size_argument;
    pub mod wait_errors;
    pub mod wait_results;
}
mod server;

use std::process::ExitCode;

use lab::{Chapter, demo};

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter {
    name: "06-epoll",
    core: &[],
    gallery: &[
        demo!(refused_descriptors),
        demo!(refused_changes),
        demo!(size_argument),
        demo!(event_bits),
        demo!(epoll_is_pollable),
        demo!(nested_too_deep),
        demo!(epoll_and_sigio),
        demo!(wait_results),
        demo!(round_robin),
        demo!(wait_errors),
        demo!(interrupted_wait),
        demo!(changed_while_waited),
        demo!(no_descriptor_limit),
    ],
    serve: server::serve,
};

fn main() -> ExitCode {
    CHAPTER.run()
}
