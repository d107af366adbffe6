//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-07-sigio":
    plain_sigio
    queued_signal
    one_request
    an_edge_per_chunk
    overflow
    recover_from_overflow
    emptied_too_late
    nobody_took_the_alarm
    whose_queue
    one_place
    lowest_number_first
    wait_for_everything
    only_a_signal_wakes_it
    armed_too_late
    opened_with_o_async
    writable_after_eagain
    no_signal_for_a_sleeper
    tcp_signals_for_everything
    udp_signals_for_two_reasons
    band_is_not_poll
    one_code_many_meanings
    stale_si_fd
    number_set_by_o_async
    regular_files_never_signal
    owner_after_fork
    thread_directed
    alarm_for_one_thread
    looks_everywhere
    reads_once_a_signal
    deaf_to_the_alarm
    hears_the_alarm
    handler_prints
    handler_deadlock
    ; figures: one_request
}
