//! Leaves it to the caller to call again: a signal that was not SIGTERM ends the wait with no news, `Some(0)`. One
//! meets it where a wait has a timeout, and 0 is an answer that everybody expects; here nobody does.

use std::io;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent};
use nix::sys::signal::{SigSet, Signal};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let before = SigSet::thread_get_mask()?;
    let mut inside = before;
    inside.remove(Signal::SIGTERM);
    inside.thread_set_mask()?;
    SigSet::from(Signal::SIGTERM).thread_block()?;
    let result = match stopped() {
        true => Ok(None),
        false => match epoll_pwait(epoll, events, &inside) {
            Err(Errno::EINTR) if stopped() => Ok(None),
            Err(Errno::EINTR) => Ok(Some(0)),
            count => count.map(Some),
        },
    };
    before.thread_set_mask()?;
    Ok(result?)
}

fn epoll_pwait(epoll: &Epoll, events: &mut [EpollEvent], mask: &SigSet) -> nix::Result<usize> {
    let (number, room) = (epoll.0.as_raw_fd(), events.len() as libc::c_int);
    // SAFETY: nix's event is the kernel's, with a name of its own; the kernel writes no more than `room` of them.
    let count = unsafe { libc::epoll_pwait(number, events.as_mut_ptr().cast(), room, -1, mask.as_ref()) };
    Errno::result(count).map(|count| count as usize)
}
