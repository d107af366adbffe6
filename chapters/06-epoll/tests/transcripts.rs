//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-06-epoll":
    refused_descriptors
    refused_changes
    size_argument
    event_bits
    epoll_is_pollable
    nested_too_deep
    epoll_and_sigio
    wait_results
    round_robin
    wait_errors
    interrupted_wait
    changed_while_waited
    no_descriptor_limit
    wake_cost
    control_cost
    two_descriptors
    stop_and_continue
    epoll_pwait_race
    signals_wait_for_events
    finer_timeouts
    emfile_spin
    emfile_on_an_edge
    reserved_descriptor
    thundering_herd
    herd_on_one_set
    exclusive_and_unfair
    ; figures:
}
