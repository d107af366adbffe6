//! Chapter 07: signal-driven I/O. The kernel sends a signal when something has happened on a descriptor.

mod demos {
    pub mod alarm_for_one_thread;
    pub mod an_edge_per_chunk;
    pub mod armed_too_late;
    pub mod band_is_not_poll;
    pub mod deaf_to_the_alarm;
    pub mod emptied_too_late;
    pub mod handler_deadlock;
    pub mod handler_prints;
    pub mod hears_the_alarm;
    pub mod looks_everywhere;
    pub mod lowest_number_first;
    pub mod no_signal_for_a_sleeper;
    pub mod nobody_took_the_alarm;
    pub mod number_set_by_o_async;
    pub mod one_code_many_meanings;
    pub mod one_place;
    pub mod one_request;
    pub mod only_a_signal_wakes_it;
    pub mod opened_with_o_async;
    pub mod overflow;
    pub mod owner_after_fork;
    pub mod plain_sigio;
    pub mod queued_signal;
    pub mod reads_once_a_signal;
    pub mod recover_from_overflow;
    pub mod regular_files_never_signal;
    pub mod stale_si_fd;
    pub mod tcp_signals_for_everything;
    pub mod thread_directed;
    pub mod udp_signals_for_two_reasons;
    pub mod wait_for_everything;
    pub mod whose_queue;
    pub mod writable_after_eagain;
}
mod events;
mod listen;
mod server;
mod signals;
mod stages;

use std::process::ExitCode;

use lab::{Chapter, demo};

/// What this chapter shows, in the order in which the book tells it.
const CHAPTER: Chapter = Chapter {
    name: "07-sigio",
    core: &[demo!(plain_sigio), demo!(queued_signal), demo!(one_request), demo!(an_edge_per_chunk), demo!(overflow)],
    gallery: &[
        demo!(recover_from_overflow),
        demo!(emptied_too_late),
        demo!(nobody_took_the_alarm),
        demo!(whose_queue),
        demo!(one_place),
        demo!(lowest_number_first),
        demo!(wait_for_everything),
        demo!(only_a_signal_wakes_it),
        demo!(armed_too_late),
        demo!(opened_with_o_async),
        demo!(writable_after_eagain),
        demo!(no_signal_for_a_sleeper),
        demo!(tcp_signals_for_everything),
        demo!(udp_signals_for_two_reasons),
        demo!(band_is_not_poll),
        demo!(one_code_many_meanings),
        demo!(stale_si_fd),
        demo!(number_set_by_o_async),
        demo!(regular_files_never_signal),
        demo!(owner_after_fork),
        demo!(thread_directed),
        demo!(alarm_for_one_thread),
        demo!(looks_everywhere),
        demo!(reads_once_a_signal),
        demo!(deaf_to_the_alarm),
        demo!(hears_the_alarm),
        demo!(handler_prints),
        demo!(handler_deadlock),
    ],
    serve: server::serve,
};

fn main() -> ExitCode {
    CHAPTER.run()
}
