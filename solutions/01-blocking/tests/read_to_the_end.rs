//! The check of `read_to_the_end` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" read_to_the_end:
    stops_at_a_short_read
    keeps_the_whole_buffer
    takes_an_error_for_the_end
    takes_the_end_for_a_pause
    takes_silence_for_the_end
}
