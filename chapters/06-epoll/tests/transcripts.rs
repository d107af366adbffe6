//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-06-epoll":
    refused_descriptors
    refused_changes
    size_argument
    event_bits
    no_descriptor_limit
    epoll_is_pollable
    nested_too_deep
    epoll_and_sigio
    wait_results
    round_robin
    wait_errors
    changed_while_waited
    interrupted_wait
    stop_and_continue
    epoll_pwait_race
    signals_wait_for_events
    no_sleep_no_signal
    finer_timeouts
    wake_cost
    control_cost
    two_descriptors
    thundering_herd
    herd_on_one_set
    exclusive_is_for_good
    exclusive_and_unfair
    emfile_spin
    emfile_on_an_edge
    reserved_descriptor
    ; figures:
}
