//! The check of `copy_without_a_buffer` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" copy_without_a_buffer:
    copies_with_a_buffer
    gives_up_on_a_signal
    asks_until_something_comes
    takes_the_pipe_for_empty
    leaks_the_pipe
    splices_past_the_end
    closes_what_it_was_lent
}
