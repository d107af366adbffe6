//! The check of `recover_from_overflow` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/07-sigio/tests/checks" recover_from_overflow:
    deaf_to_the_alarm
    trusts_the_queue
    asks_before_it_empties
    asks_all_each_time
    the_alarm_is_an_error
    believes_si_fd
    gives_up_on_a_signal
}
