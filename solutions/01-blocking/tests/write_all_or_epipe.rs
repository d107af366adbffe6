//! The check of `write_all_or_epipe` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" write_all_or_epipe:
    trusts_one_write
    gives_up_on_a_signal
    starts_again_from_the_beginning
    asks_until_there_is_room
    dies_of_sigpipe
    silences_sigpipe_for_all
    knows_one_name_for_gone
    takes_any_error_for_gone
    silences_sigpipe_for_a_while
    asks_before_it_writes
}
