//! The check of `drain_on_edge` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" drain_on_edge:
    reads_once
    leaves_it_blocking
    stops_at_a_short_read
    hands_on_eagain
    takes_silence_for_the_end
    takes_the_end_for_silence
    reads_until_the_end
    takes_a_reset_for_the_end
    begins_anew
    appends_at_the_end
    watches_the_level
}
