//! The check of `one_shot_workers` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" one_shot_workers:
    asks_for_every_event
    trusts_the_edge
    trusts_exclusive
    arms_without_oneshot
    arms_before_the_work
    never_arms_again
    arms_for_nothing
    arms_with_add
    arms_the_dead
    forgets_the_token
    ends_with_a_client
    hands_on_a_reset
    hands_on_eintr
    one_lock_for_all
    one_lock_each
    takes_a_batch
}
