//! Stage 4: when the queue was full, everybody is asked. This is the server's idea.
//!
//! The queue is emptied first and the question put after, so that what arrives in between is in the answer or
//! in the queue. What this stage still lacks, the server has: a turn for everybody, slow readers, an end.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{echo_all, of};
use crate::events::{Events, News};

/// Serves until SIGTERM.
pub fn serve(events: &Events, clients: &[UnixStream]) -> io::Result<()> {
    // ANCHOR: serve
    loop {
        match events.take(None) {
            Some(News::Look(number)) => drop(of(number, clients).map(echo_all).transpose()?),
            Some(News::Stop) => return Ok(()),
            Some(News::Lost) => {
                while let Some(news) = events.take(Some(Duration::ZERO)) {
                    if let News::Stop = news {
                        return Ok(());
                    }
                }
                let mut all: Vec<PollFd<'_>> =
                    clients.iter().map(|client| PollFd::new(client.as_fd(), PollFlags::POLLIN)).collect();
                poll(&mut all, PollTimeout::ZERO)?;
                for ready in all.iter().filter(|entry| entry.any().unwrap_or(true)) {
                    echo_all(ready.as_fd())?;
                }
            }
            None => {}
        }
    }
    // ANCHOR_END: serve
}
