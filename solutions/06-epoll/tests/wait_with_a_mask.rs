//! The check of `wait_with_a_mask` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" wait_with_a_mask:
    looks_then_waits
    looks_now_and_then
    takes_any_signal_for_it
    returns_with_nothing
    keeps_everybody_out
    looks_only_when_woken
    lets_in_what_was_never_out
    unblocks_before_the_wait
    names_what_to_let_in
    lets_everything_in
    waits_with_the_callers_mask
    leaves_it_blocked
    lets_it_in_only_where_it_waits
    blocks_and_waits
    takes_it_from_a_signalfd
    leaves_it_blocked_on_an_error
}
