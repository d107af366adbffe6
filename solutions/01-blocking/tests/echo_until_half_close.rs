//! The check of `echo_until_half_close` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" echo_until_half_close:
    one_answer_for_each
    answers_when_all_is_said
    keeps_every_client
    closes_what_it_was_lent
    one_reset_ends_all
    a_signal_ends_the_service
    waits_for_one_more
    a_signal_takes_a_turn
}
