//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-07-sigio":
    plain_sigio
    queued_signal
    one_request
    an_edge_per_chunk
    overflow
    recover_from_overflow
    nobody_took_the_alarm
    whose_queue
    one_place
    band_is_not_poll
    one_code_many_meanings
    stale_si_fd
    number_set_by_o_async
    regular_files_never_signal
    thread_directed
    alarm_for_one_thread
    looks_everywhere
    reads_once_a_signal
    deaf_to_the_alarm
    hears_the_alarm
    ; figures: one_request
}
