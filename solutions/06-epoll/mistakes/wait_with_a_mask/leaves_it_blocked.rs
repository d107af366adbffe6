//! Never puts the mask back. One meets it as the program that cannot be stopped while it works, and whose children
//! cannot be stopped at all: a mask goes through fork and exec.

use std::io;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let before = SigSet::from(Signal::SIGTERM).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let mut inside = before;
    inside.remove(Signal::SIGTERM);
    let result = loop {
        if stopped() {
            break Ok(None);
        }
        match epoll_pwait(epoll, events, &inside) {
            Err(Errno::EINTR) => {}
            count => break count.map(Some),
        }
    };
    Ok(result?)
}

fn epoll_pwait(epoll: &Epoll, events: &mut [EpollEvent], mask: &SigSet) -> nix::Result<usize> {
    let (number, room) = (epoll.0.as_raw_fd(), events.len() as libc::c_int);
    // SAFETY: nix's event is the kernel's, with a name of its own; the kernel writes no more than `room` of them.
    let count = unsafe { libc::epoll_pwait(number, events.as_mut_ptr().cast(), room, -1, mask.as_ref()) };
    Errno::result(count).map(|count| count as usize)
}
