//! Blocks the signal, so that it cannot come between look and wait, and then waits as usual. One meets it halfway to
//! pselect or signalfd: the half that lets the signal in again was forgotten.

use std::io;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollTimeout};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let before = SigSet::from(Signal::SIGTERM).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let result = loop {
        if stopped() {
            break Ok(None);
        }
        match epoll.wait(events, EpollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            count => break count.map(Some),
        }
    };
    before.thread_set_mask()?;
    Ok(result?)
}
