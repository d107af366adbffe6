//! The check of `arm_a_descriptor` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/07-sigio/tests/checks" arm_a_descriptor:
    blocks_last
    forgets_the_owner
    keeps_plain_sigio
    sets_one_flag
    sets_the_other_flags
    forgets_the_alarm
    says_nothing_has_come
    takes_a_byte
    sleeps_in_the_look
    looks_first
}
