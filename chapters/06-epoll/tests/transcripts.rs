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
    ; figures:
}
