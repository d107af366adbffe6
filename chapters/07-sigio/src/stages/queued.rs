//! Stage 2: a queued signal for each event, which names the descriptor; one signal, one read.
//!
//! Nobody is asked in vain any more. But the signal stands for an arrival, and a read takes what fits: the two
//! agree only as long as everybody writes short messages and waits.
//!
//! Mended by: `drained`, which reads until there is no more.

use std::io;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::unistd::{read, write};

use super::of;
use crate::events::{Events, News};

/// Serves until SIGTERM.
pub fn serve(events: &Events, clients: &[UnixStream]) -> io::Result<()> {
    // ANCHOR: serve
    let mut buffer = [0; 16];
    loop {
        match events.take(None) {
            Some(News::Look(number)) => {
                let Some(client) = of(number, clients) else { continue };
                match read(client, &mut buffer) {
                    Ok(got) => write(client, &buffer[..got])?,
                    Err(Errno::EAGAIN) => continue,
                    Err(errno) => return Err(errno.into()),
                };
            }
            Some(News::Stop) => return Ok(()),
            Some(News::Lost) | None => {}
        }
    }
    // ANCHOR_END: serve
}
