//! Waits for a second at a time. One meets it as the mend for the lost signal: it is found, up to a second late, and
//! the idle server wakes every second for as long as it lives.

use std::io;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    while !stopped() {
        match epoll.wait(events, 1000_u16) {
            Ok(0) | Err(Errno::EINTR) => {}
            count => return Ok(Some(count?)),
        }
    }
    Ok(None)
}
