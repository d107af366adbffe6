//! The check of `budgeted_reader` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" budgeted_reader:
    drains_to_the_end
    waits_with_work_left
    naps_with_work_left
    counts_reads
    overdraws
    puts_the_unfinished_first
    never_looks_meanwhile
    queues_twice
    never_sleeps
    stops_at_a_short_read
    watches_the_level
    takes_eagain_for_the_end
    hands_on_eintr
}
