//! Chapter 06: epoll. The kernel keeps the list, and answers with who is ready.

mod cost;
mod demos {
    pub mod changed_while_waited;
    pub mod control_cost;
    pub mod emfile_on_an_edge;
    pub mod emfile_spin;
    pub mod epoll_and_sigio;
    pub mod epoll_is_pollable;
    pub mod epoll_pwait_race;
    pub mod event_bits;
    pub mod exclusive_and_unfair;
    pub mod exclusive_is_for_good;
    pub mod finer_timeouts;
    pub mod herd_on_one_set;
    pub mod interrupted_wait;
    pub mod nested_too_deep;
    pub mod no_descriptor_limit;
    pub mod no_sleep_no_signal;
    pub mod refused_changes;
    pub mod refused_descriptors;
    pub mod reserved_descriptor;
    pub mod round_robin;
    pub mod signals_wait_for_events;
    pub mod size_argument;
    pub mod stop_and_continue;
    pub mod thundering_herd;
    pub mod two_descriptors;
    pub mod wait_errors;
    pub mod wait_results;
    pub mod wake_cost;
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
        demo!(no_descriptor_limit),
        demo!(epoll_is_pollable),
        demo!(nested_too_deep),
        demo!(epoll_and_sigio),
        demo!(wait_results),
        demo!(round_robin),
        demo!(wait_errors),
        demo!(changed_while_waited),
        demo!(interrupted_wait),
        demo!(stop_and_continue),
        demo!(epoll_pwait_race),
        demo!(signals_wait_for_events),
        demo!(no_sleep_no_signal),
        demo!(finer_timeouts),
        demo!(wake_cost),
        demo!(control_cost),
        demo!(two_descriptors),
        demo!(thundering_herd),
        demo!(herd_on_one_set),
        demo!(exclusive_is_for_good),
        demo!(exclusive_and_unfair),
        demo!(emfile_spin),
        demo!(emfile_on_an_edge),
        demo!(reserved_descriptor),
    ],
    serve: server::serve,
};

fn main() -> ExitCode {
    CHAPTER.run()
}
