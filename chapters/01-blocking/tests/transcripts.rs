//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-01-blocking":
    two_phases
    one_request
    short_reads_and_writes
    end_of_stream_and_reset
    head_of_line
    interrupted_call
    timeouts_three_ways
    write_write_read
    receive_flags
    waitall_returns_short
    waitall_stops_at_a_boundary
    waitall_runs_out_of_patience
    one_urgent_byte
    dontroute
    scatter_gather
    truncated_message
    message_flags
    any_descriptor
    pass_a_descriptor
    zero_copy
    borrowed_pages
    ; figures: one_request two_phases
}
