//! Blocks SIGTERM, has the set tell of it by a signalfd (chapter 08), and takes it: its handler never runs, and whoever
//! else looks at the flag goes on. One meets it where signalfd is put beside handlers and not in their place.

use std::io;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;

/// The data of the signal's event.
const SIGNAL: u64 = u64::MAX;

pub fn wait(epoll: &Epoll, events: &mut [EpollEvent], stopped: impl Fn() -> bool) -> io::Result<Option<usize>> {
    let before = SigSet::thread_get_mask()?;
    SigSet::from(Signal::SIGTERM).thread_block()?;
    let signal = SignalFd::new(&SigSet::from(Signal::SIGTERM))?;
    epoll.add(&signal, EpollEvent::new(EpollFlags::EPOLLIN, SIGNAL))?;
    let result = loop {
        if stopped() {
            break None;
        }
        match epoll.wait(events, EpollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            count => break Some(count?),
        }
    };
    epoll.delete(&signal)?;
    let told = result.is_some_and(|count| events[..count].iter().any(|event| event.data() == SIGNAL));
    if told {
        SigSet::from(Signal::SIGTERM).wait()?;
    }
    before.thread_set_mask()?;
    Ok(result.filter(|_| !told))
}
