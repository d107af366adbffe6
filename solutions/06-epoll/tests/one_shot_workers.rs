//! The check of `one_shot_workers` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" one_shot_workers:
    asks_for_every_event
    trusts_the_edge
    arms_without_oneshot
    arms_before_the_work
    never_arms_again
    arms_with_add
    arms_the_dead
    one_lock_for_all
    one_lock_each
    takes_a_batch
}
