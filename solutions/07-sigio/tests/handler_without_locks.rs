//! The check of `handler_without_locks` accepts both right answers, and tells each mistake apart.

/// The check sends a signal into the middle of an allocation.
#[global_allocator]
static HEAP: lab::check::InterruptedHeap = lab::check::InterruptedHeap;

lab::answers! { "../../../exercises/07-sigio/tests/checks" handler_without_locks:
    locks_in_the_handler
    tries_the_lock
    boxes_the_time
    prints_in_the_handler
    pauses_after_the_look
    naps_between_looks
}
