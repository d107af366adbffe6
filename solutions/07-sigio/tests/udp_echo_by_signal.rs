//! The check of `udp_echo_by_signal` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/07-sigio/tests/checks" udp_echo_by_signal:
    forgets_the_owner
    blocks_sigterm_and_forgets_it
    the_alarm_is_the_end
    looks_first
    blocks_last
    cuts_long_questions
    forgets_what_had_come
    one_answer_a_signal
    an_empty_datagram_is_the_end
    connects_to_the_first
    sleeps_in_recv
    is_ended_by_sigterm
    dies_of_the_alarm
}
