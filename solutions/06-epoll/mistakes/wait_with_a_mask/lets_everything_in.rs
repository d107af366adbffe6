//! Waits with an empty mask. One meets it in most examples of pselect and its kin, whose programs block one signal;
//! in a larger program it lets in what somebody else has blocked with care.

use std::io;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let before = SigSet::from(Signal::SIGTERM).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let inside = SigSet::empty();
    let result = loop {
        if stopped() {
            break Ok(None);
        }
        match epoll_pwait(epoll, events, &inside) {
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
