//! The check of `mend_the_seed_server` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" mend_the_seed_server:
    sets_the_wrong_flags
    leaves_clients_blocking
    accepts_once
    reads_once
    drops_what_does_not_fit
    never_asks_for_room
    closes_on_rdhup
    closes_with_bytes_unsent
    dies_of_sigpipe
    one_reset_ends_all
    a_signal_ends_the_service
    closes_and_then_deletes
    names_by_count
    dies_of_emfile
    spins_at_emfile
    forgets_the_queue
}
