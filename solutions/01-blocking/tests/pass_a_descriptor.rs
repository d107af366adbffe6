//! The check of `pass_a_descriptor` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/01-blocking/tests/checks" pass_a_descriptor:
    sends_no_bytes
    closes_what_it_sends
    forgets_cloexec
    expects_one_to_be_there
    takes_the_first
    has_room_for_one
    takes_all_the_bytes
    closes_on_exec_too_late
}
