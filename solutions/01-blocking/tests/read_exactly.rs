//! The check of `read_exactly` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" read_exactly:
    reads_once
    reads_ahead
    gives_up_on_a_signal
    trusts_waitall
    pads_the_last_record
    calls_goodbye_an_error
    asks_until_it_comes
    overwrites_the_first_piece
    reads_past_the_end
    begins_anew_after_a_signal
    naps_between_looks
    closes_what_it_was_lent
    leaves_it_non_blocking
}
