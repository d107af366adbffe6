//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-06-epoll":
    one_request
    level_edge_oneshot
    leftovers_after_partial_read
    stale_event_in_batch
    close_with_live_dup
    new_data_is_a_new_edge
    mod_rearms
    short_read_is_not_the_end
    listener_accepts_once
    fairness_budget
    spent_oneshot_is_deaf
    hup_before_connect
    half_close
    close_is_half_a_close
    fork_shares_the_set
    ready_order
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
    stop_and_continue
    epoll_pwait_race
    signals_wait_for_events
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
    ; figures: one_request
}
