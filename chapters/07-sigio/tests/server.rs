//! The signal-driven echo server keeps the contract, in TCP and in UDP, however short the queue of signals is.

lab::echo_server! { "chapter-07-sigio":
    bytes_come_back_as_they_go
    half_close_drains_and_closes
    many_small_pieces_keep_their_order
    large_transfer_is_whole
    slow_reader_loses_nothing
    slow_clients_hold_up_nobody
    resets_end_one_client_each
    crowd_is_served
    interrupted_calls_go_on
    lack_of_descriptors_is_waited_out
    lack_of_descriptors_holds_up_only_the_next
    stops_when_idle
    stop_echoes_what_was_read
    stop_waits_for_nobody_for_ever
    stop_ends_an_endless_client
    stops_at_any_moment
    restart_finds_the_port_free
    port_in_use_is_explained
    port_without_right_is_explained
    closed_stdout_is_no_reason_to_end
}
