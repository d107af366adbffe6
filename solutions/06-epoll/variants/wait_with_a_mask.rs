//! Another right answer, without a line of `unsafe`: an epoll descriptor can be polled, and ppoll takes a mask. It says
//! that there is news; a wait that may not sleep fetches it.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::epoll::{Epoll, EpollEvent, EpollTimeout};
use nix::sys::signal::{SigSet, Signal};

/// Puts a signal mask back, however its owner is left.
struct Masked(SigSet);

impl Drop for Masked {
    fn drop(&mut self) {
        self.0.thread_set_mask().expect("this mask was there before");
    }
}

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let before = Masked(SigSet::thread_get_mask()?);
    let mut inside = before.0;
    inside.remove(Signal::SIGTERM);
    inside.thread_set_mask()?;
    SigSet::from(Signal::SIGTERM).thread_block()?;
    while !stopped() {
        match ppoll(&mut [PollFd::new(epoll.0.as_fd(), PollFlags::POLLIN)], None, Some(inside)) {
            Err(Errno::EINTR) => continue,
            result => drop(result?),
        }
        match epoll.wait(events, EpollTimeout::ZERO)? {
            0 => {}
            count => return Ok(Some(count)),
        }
    }
    Ok(None)
}
