//! Chapter 06: epoll. The kernel keeps the list of what you wait for, and a list of those that have news.

mod demos {
    pub mod changed_while_waited;
    pub mod close_is_half_a_close;
    pub mod close_with_live_dup;
    pub mod control_cost;
    pub mod edges_of_room;
    pub mod emfile_on_an_edge;
    pub mod emfile_spin;
    pub mod epoll_and_sigio;
    pub mod epoll_is_pollable;
    pub mod epoll_pwait_race;
    pub mod event_bits;
    pub mod exclusive_and_unfair;
    pub mod exclusive_is_for_good;
    pub mod fairness_budget;
    pub mod finer_timeouts;
    pub mod fork_shares_the_set;
    pub mod full_house;
    pub mod half_close;
    pub mod herd_on_one_set;
    pub mod hup_before_connect;
    pub mod interrupted_wait;
    pub mod leftovers_after_partial_read;
    pub mod level_edge_oneshot;
    pub mod line_in_the_buffer;
    pub mod listener_accepts_once;
    pub mod mod_rearms;
    pub mod nested_too_deep;
    pub mod new_data_is_a_new_edge;
    pub mod no_descriptor_limit;
    pub mod no_sleep_no_signal;
    pub mod one_client_ends_all;
    pub mod one_request;
    pub mod prints_the_buffer;
    pub mod ready_order;
    pub mod refused_changes;
    pub mod refused_descriptors;
    pub mod reserved_descriptor;
    pub mod round_robin;
    pub mod short_read_is_not_the_end;
    pub mod signals_wait_for_events;
    pub mod size_argument;
    pub mod spent_oneshot_is_deaf;
    pub mod stage_1_sleeps_in_write;
    pub mod stage_2_spins_on_writable;
    pub mod stage_3_reads_once;
    pub mod stage_4_starves_the_rest;
    pub mod stage_5_hoards;
    pub mod stale_event_in_batch;
    pub mod stop_and_continue;
    pub mod thundering_herd;
    pub mod two_descriptors;
    pub mod wait_errors;
    pub mod wait_results;
    pub mod wake_cost;
    pub mod wrong_flags;
}
mod cost;
mod server;
mod service;
mod slab;
mod stages;

use std::process::ExitCode;

use lab::{Chapter, demo};

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter {
    name: "06-epoll",
    core: &[
        demo!(one_request),
        demo!(level_edge_oneshot),
        demo!(leftovers_after_partial_read),
        demo!(stale_event_in_batch),
        demo!(close_with_live_dup),
    ],
    gallery: &[
        // What an edge is.
        demo!(new_data_is_a_new_edge),
        demo!(mod_rearms),
        demo!(edges_of_room),
        demo!(spent_oneshot_is_deaf),
        demo!(short_read_is_not_the_end),
        demo!(listener_accepts_once),
        demo!(fairness_budget),
        // Six servers, each with the fault that the next mends.
        demo!(stage_1_sleeps_in_write),
        demo!(stage_2_spins_on_writable),
        demo!(stage_3_reads_once),
        demo!(stage_4_starves_the_rest),
        demo!(stage_5_hoards),
        // Out of descriptors.
        demo!(emfile_spin),
        demo!(emfile_on_an_edge),
        demo!(reserved_descriptor),
        // A signal and a wait.
        demo!(epoll_pwait_race),
        demo!(signals_wait_for_events),
        demo!(no_sleep_no_signal),
        demo!(interrupted_wait),
        demo!(stop_and_continue),
        demo!(finer_timeouts),
        // Many threads, one set.
        demo!(thundering_herd),
        demo!(exclusive_is_for_good),
        demo!(exclusive_and_unfair),
        demo!(herd_on_one_set),
        demo!(changed_while_waited),
        // What the bits mean.
        demo!(half_close),
        demo!(close_is_half_a_close),
        demo!(hup_before_connect),
        demo!(event_bits),
        // What the set holds, takes and refuses.
        demo!(fork_shares_the_set),
        demo!(refused_descriptors),
        demo!(refused_changes),
        demo!(size_argument),
        demo!(epoll_is_pollable),
        demo!(nested_too_deep),
        demo!(epoll_and_sigio),
        // What a wait brings.
        demo!(wait_results),
        demo!(round_robin),
        demo!(ready_order),
        demo!(wait_errors),
        demo!(no_descriptor_limit),
        // What it costs.
        demo!(wake_cost),
        demo!(control_cost),
        demo!(two_descriptors),
        // A sample that many have copied.
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
