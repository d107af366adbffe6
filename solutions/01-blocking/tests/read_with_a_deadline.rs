//! The check of `read_with_a_deadline` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" read_with_a_deadline:
    looks_only_at_the_first_byte
    looks_every_millisecond
    a_deadline_for_each_read
    a_signal_restarts_the_clock
    a_signal_is_the_deadline
    leaves_the_timeout_on
    hands_on_eagain
    polls_on_after_the_end
    leaves_a_thread_behind
}
