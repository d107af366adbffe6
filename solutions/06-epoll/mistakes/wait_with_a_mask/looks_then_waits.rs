//! Looks at the flag, and then waits. One meets it in nearly every server with a `running` flag: it stops at the second
//! Ctrl-C, or when the next client comes.

use std::io;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollTimeout};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    while !stopped() {
        match epoll.wait(events, EpollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            count => return Ok(Some(count?)),
        }
    }
    Ok(None)
}
