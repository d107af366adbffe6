//! The contract holds where signals are lost all the time: with a queue of four, and with none.
//!
//! A process that starts another hands its limits down, so this test's own queue is the server's.

use std::io;
use std::sync::{Mutex, PoisonError};

use lab::service::*;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chapter-07-sigio");

/// The limit is the whole process's.
static ONE_LENGTH_AT_A_TIME: Mutex<()> = Mutex::new(());

fn with_a_queue_of(length: u64, checks: &[fn(&str)]) {
    let _turn = ONE_LENGTH_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let limit = |new: Option<u64>| {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: `limit` outlives the calls.
        let answer = unsafe {
            match (libc::getrlimit(libc::RLIMIT_SIGPENDING, &raw mut limit), new) {
                (0, Some(new)) => {
                    let lower = libc::rlimit { rlim_cur: new.min(limit.rlim_max), ..limit };
                    libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const lower)
                }
                (answer, _) => answer,
            }
        };
        assert_eq!(answer, 0, "RLIMIT_SIGPENDING: {}", io::Error::last_os_error());
        limit.rlim_cur
    };
    let before = limit(Some(length));
    for check in checks {
        check(PROGRAM);
    }
    limit(Some(before));
}

#[test]
fn every_byte_comes_back() {
    for length in [4, 0] {
        with_a_queue_of(
            length,
            &[
                bytes_come_back_as_they_go,
                half_close_drains_and_closes,
                many_small_pieces_keep_their_order,
                large_transfer_is_whole,
                slow_reader_loses_nothing,
                interrupted_calls_go_on,
            ],
        );
    }
}

#[test]
fn nobody_stops_anybody_else() {
    with_a_queue_of(
        4,
        &[
            slow_clients_hold_up_nobody,
            endless_client_starves_nobody,
            resets_end_one_client_each,
            crowd_is_served,
            lack_of_descriptors_is_waited_out,
            lack_of_descriptors_holds_up_only_the_next,
            few_descriptors_serve_all_in_the_end,
        ],
    );
}

#[test]
fn it_stops_cleanly() {
    with_a_queue_of(
        0,
        &[
            stops_when_idle,
            stop_echoes_what_was_read,
            stop_echoes_what_was_read_of_each,
            stop_waits_for_nobody_for_ever,
            stop_ends_an_endless_client,
            stops_at_any_moment,
        ],
    );
}
