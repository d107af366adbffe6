//! The check of `generation_tokens` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" generation_tokens:
    tells_by_place
    tells_by_number
    has_one_bit
    has_eight_bits
    gives_the_set_the_place
    removes_whoever_is_there
    leaves_it_to_close
    keeps_the_descriptor
    keeps_who_was_refused
}
