//! The check of `write_when_it_fits` accepts both right answers, and tells each mistake apart.

lab::answers! { "../../../exercises/06-epoll/tests/checks" write_when_it_fits:
    loses_the_rest
    never_asks_for_room
    hands_on_eagain
    writes_until_it_fits
    waits_for_one_alone
    asks_for_room_always
    never_stops_asking
    stops_reading_not_asking
    keeps_it_all
    writes_past_the_rest
    closes_at_the_first_sign
    one_reset_ends_all
    a_signal_ends_the_service
}
