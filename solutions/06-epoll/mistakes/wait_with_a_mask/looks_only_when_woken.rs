//! Looks at the flag where the wait was interrupted, and nowhere else: a signal is what ends the wait, so why look
//! before. One meets it where the look was moved into the arm for EINTR; a signal that came while the server served
//! is forgotten.

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
    let result = loop {
        match epoll_pwait(epoll, events, &inside) {
            Err(Errno::EINTR) if stopped() => break Ok(None),
            Err(Errno::EINTR) => {}
            count => break count.map(Some),
        }
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
