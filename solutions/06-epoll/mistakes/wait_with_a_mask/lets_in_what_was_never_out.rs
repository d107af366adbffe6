//! Calls epoll_pwait and takes that for the whole mend: its mask has no SIGTERM in it, but nothing blocked SIGTERM
//! before. One meets it where epoll_wait was replaced by the call with the longer name, and nothing else was changed.

use std::io;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent};
use nix::sys::signal::{SigSet, Signal};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let mut inside = SigSet::thread_get_mask()?;
    inside.remove(Signal::SIGTERM);
    loop {
        if stopped() {
            return Ok(None);
        }
        match epoll_pwait(epoll, events, &inside) {
            Err(Errno::EINTR) => {}
            count => return Ok(Some(count?)),
        }
    }
}

fn epoll_pwait(epoll: &Epoll, events: &mut [EpollEvent], mask: &SigSet) -> nix::Result<usize> {
    let (number, room) = (epoll.0.as_raw_fd(), events.len() as libc::c_int);
    // SAFETY: nix's event is the kernel's, with a name of its own; the kernel writes no more than `room` of them.
    let count = unsafe { libc::epoll_pwait(number, events.as_mut_ptr().cast(), room, -1, mask.as_ref()) };
    Errno::result(count).map(|count| count as usize)
}
