//! Each demo prints the same in every run, and it is what the book prints.

lab::transcripts! { "chapter-06-epoll":
    stage_1_sleeps_in_write
    stage_2_spins_on_writable
    stage_3_reads_once
    stage_4_starves_the_rest
    stage_5_hoards
    edges_of_room
    wrong_flags
    full_house
    one_client_ends_all
    prints_the_buffer
    line_in_the_buffer
    ; figures:
}
