//! The check of `peek_header` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" peek_header:
    takes_a_peek_for_whole
    peeks_until_it_is_there
    naps_between_peeks
    takes_the_header
    takes_a_signal_for_the_end
    waits_for_more_than_will_come
    leaves_the_mark_high
    reads_the_length_backwards
    counts_the_header
    pads_the_body
    keeps_the_header
    takes_the_body_in_one_read
}
