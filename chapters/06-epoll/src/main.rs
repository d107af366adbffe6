//! Chapter 06.

mod demos {
    pub mod edges_of_room;
    pub mod full_house;
    pub mod line_in_the_buffer;
    pub mod one_client_ends_all;
    pub mod prints_the_buffer;
    pub mod stage_1_sleeps_in_write;
    pub mod stage_2_spins_on_writable;
    pub mod stage_3_reads_once;
    pub mod stage_4_starves_the_rest;
    pub mod stage_5_hoards;
    pub mod wrong_flags;
}
mod server;
mod service;
mod slab;
mod stages;

use std::process::ExitCode;

use lab::{Chapter, demo};

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter {
    name: "06-epoll",
    core: &[],
    gallery: &[
        demo!(stage_1_sleeps_in_write),
        demo!(stage_2_spins_on_writable),
        demo!(stage_3_reads_once),
        demo!(stage_4_starves_the_rest),
        demo!(stage_5_hoards),
        demo!(edges_of_room),
        demo!(wrong_flags),
        demo!(full_house),
        demo!(one_client_ends_all),
        demo!(prints_the_buffer),
        demo!(line_in_the_buffer),
    ],
    serve: server::serve,
};

fn main() -> ExitCode {
    CHAPTER.run()
}
