//! Chapter 01: blocking I/O. One call waits until there is something to copy, and copies it.

mod demos {
    pub mod any_descriptor;
    pub mod borrowed_pages;
    pub mod dontroute;
    pub mod end_of_stream_and_reset;
    pub mod head_of_line;
    pub mod interrupted_call;
    pub mod message_flags;
    pub mod one_request;
    pub mod one_urgent_byte;
    pub mod pass_a_descriptor;
    pub mod receive_flags;
    pub mod scatter_gather;
    pub mod short_reads_and_writes;
    pub mod timeouts_three_ways;
    pub mod truncated_message;
    pub mod two_phases;
    pub mod waitall_returns_short;
    pub mod waitall_runs_out_of_patience;
    pub mod waitall_stops_at_a_boundary;
    pub mod write_write_read;
    pub mod zero_copy;
}
mod server;

use std::process::ExitCode;

use lab::{Chapter, demo};

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter {
    name: "01-blocking",
    core: &[
        demo!(two_phases),
        demo!(one_request),
        demo!(short_reads_and_writes),
        demo!(end_of_stream_and_reset),
        demo!(head_of_line),
    ],
    gallery: &[
        demo!(interrupted_call),
        demo!(timeouts_three_ways),
        demo!(write_write_read),
        demo!(receive_flags),
        demo!(waitall_returns_short),
        demo!(waitall_stops_at_a_boundary),
        demo!(waitall_runs_out_of_patience),
        demo!(one_urgent_byte),
        demo!(dontroute),
        demo!(scatter_gather),
        demo!(truncated_message),
        demo!(message_flags),
        demo!(any_descriptor),
        demo!(pass_a_descriptor),
        demo!(zero_copy),
        demo!(borrowed_pages),
    ],
    serve: server::serve,
};

fn main() -> ExitCode {
    CHAPTER.run()
}
