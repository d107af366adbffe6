//! Stage 3: each signal is answered with reads until there is nothing left.
//!
//! Now it does not matter how many signals stand for how many bytes. It matters that there is one. The queue has
//! an end (RLIMIT_SIGPENDING), and what came when it was full is told by SIGIO alone; this stage has nothing to
//! say to that.
//!
//! Mended by: `overflow_proof`, which asks everybody then.

use std::io;
use std::os::unix::net::UnixStream;

use super::{echo_all, of};
use crate::events::{Events, News};

/// Serves until SIGTERM.
pub fn serve(events: &Events, clients: &[UnixStream]) -> io::Result<()> {
    // ANCHOR: serve
    loop {
        match events.take(None) {
            Some(News::Look(number)) => drop(of(number, clients).map(echo_all).transpose()?),
            Some(News::Stop) => return Ok(()),
            // Never seen when it was written, on a quiet machine.
            Some(News::Lost) => {}
            None => {}
        }
    }
    // ANCHOR_END: serve
}
