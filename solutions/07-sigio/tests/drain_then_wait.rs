//! The check of `drain_then_wait` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/07-sigio/tests/checks" drain_then_wait:
    waits_first
    takes_the_end_for_a_pause
    reads_once_a_signal
    takes_eagain_for_an_error
    asks_again_and_again
    sleeps_in_poll
    a_late_signal_is_the_end
    gives_up_on_a_signal
    trusts_a_short_read
    forgets_the_last_words
}
