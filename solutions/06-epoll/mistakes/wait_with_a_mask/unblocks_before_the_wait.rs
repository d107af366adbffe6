//! Blocks the signal for the look, and unblocks it for the wait: with a call of its own. One meets it in code that was
//! written before pselect was in the kernel; glibc's pselect itself did this once (select(2), "BUGS").

use std::io;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollTimeout};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    loop {
        let before = SigSet::from(Signal::SIGTERM).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let stop = stopped();
        let mut inside = before;
        inside.remove(Signal::SIGTERM);
        inside.thread_set_mask()?;
        let result = if stop { Ok(0) } else { epoll.wait(events, EpollTimeout::NONE) };
        before.thread_set_mask()?;
        match result {
            _ if stop => return Ok(None),
            Err(Errno::EINTR) => {}
            count => return Ok(Some(count?)),
        }
    }
}
